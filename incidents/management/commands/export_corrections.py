"""Write practitioners' corrections as a labelled set, a JSON object a line, for `triage_evaluate --input`."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.corrections import labelled, newest


class Command(BaseCommand):
    """`manage.py export_corrections --output cases.jsonl`: redacted texts, one an enquiry."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("--output", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one line for each enquiry that has been corrected."""
        lines = [json.dumps(labelled(each), ensure_ascii=False) for each in newest()]
        try:
            # For its owner only: the texts are redacted, and still about children.
            with os.fdopen(
                os.open(options["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
            ) as out:
                out.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{len(lines)} labelled cases written to {options['output']}.")
