"""Draw the documents that come from the code, or check that they are up to date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from incidents.drawing import DOCUMENTS


class Command(BaseCommand):
    """`manage.py draw_docs` writes them; `--check` fails when one is stale."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether only to check."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw or compare."""
        folder = Path(settings.BASE_DIR) / "docs"
        for name, draw in DOCUMENTS.items():
            file, text = folder / name, draw()
            if not options["check"]:
                file.write_text(text, encoding="utf-8")
            elif not file.exists() or file.read_text(encoding="utf-8") != text:
                raise CommandError(f"docs/{name} is stale: run manage.py draw_docs.")
        self.stdout.write(f"{len(DOCUMENTS)} documents are up to date.")
