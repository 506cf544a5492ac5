"""Fit the few numbers that weigh what was learnt, on messages kept aside for it; print the tables for
thresholds.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advice.management.commands._library import from_files
from advice.triage import learned
from advice.triage.evaluation import labelled_in
from advice.triage.learning import calibrate


class Command(BaseCommand):
    """`manage.py triage_calibrate --input tests/evaluation/calibration.jsonl`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which messages."""
        parser.add_argument("--input", type=Path, action="append", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Fit, and print what to write into learned.toml."""
        missing = [str(file) for file in options["input"] if not file.is_file()]
        if missing:
            raise CommandError(f"There is no file {', '.join(missing)}.")
        library = from_files()
        labelled = [each for file in options["input"] for each in labelled_in(file)]
        self.stdout.write(f"# {len(labelled)} messages, read by both models")
        found = calibrate.cases(labelled, library)
        weight, temperature = calibrate.fit_shares(found, library)
        self.stdout.write(f"meaning = {weight}\ntemperature = {temperature}")
        learned.learnt().settings.update(meaning=weight, temperature=temperature)
        made = calibrate.fit_confidence(labelled, library)
        self.stdout.write(f"confidence_temperature = {made.temperature}")
        self.stdout.write(f"confidence_at = {made.at:.3f}\nconfidence_by = {made.by:.3f}")
        calibrate.tier_table(found, self.stdout.write)
