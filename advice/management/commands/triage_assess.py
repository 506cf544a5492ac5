"""Assess messages from a file: one JSON object a line in, one a line out."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advice.management.commands._library import chosen
from advice.triage.assess import assess
from advice.triage.evaluation import BadLine, accounts_in


class Command(BaseCommand):
    """`manage.py triage_assess --input cases.jsonl --output out.jsonl`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Input, output, and which library."""
        parser.add_argument("--input", type=Path, required=True)
        parser.add_argument("--output", type=Path, required=True)
        parser.add_argument("--library", choices=("database", "files"), default="database")

    def handle(self, *args: Any, **options: Any) -> None:
        """Assess each line."""
        if not options["input"].is_file():
            raise CommandError(f"There is no file {options['input']}.")
        library = chosen(options["library"])
        try:
            with options["output"].open("w", encoding="utf-8") as out:
                for number, (data, account) in enumerate(accounts_in(options["input"]), start=1):
                    found = assess(account, library)
                    line = {
                        "id": data["id"],
                        "outcome": found.outcome.value,
                        "tier": found.tier.value,
                        "flags": [
                            {"code": flag.code, "evidence": [e.words for e in flag.evidence]}
                            for flag in found.flags
                        ],
                        "matches": [
                            {
                                "scenario": match.scenario,
                                "confidence": match.confidence,
                                "because": list(match.because),
                            }
                            for match in found.matches
                        ],
                    }
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    if number % 100 == 0:
                        self.stdout.write(f"{number} messages assessed")
        except BadLine as error:
            raise CommandError(str(error)) from error
