"""Measure triage on labelled messages and print the figures."""

import time
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from advice.management.commands._library import chosen
from advice.triage.assess import assess
from advice.triage.evaluation import BadLine, Judged, calibration_error, labelled_in, measures


class Command(BaseCommand):
    """`manage.py triage_evaluate [--set FILE] [--misses]`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Sets, library, and whether to list what was missed."""
        parser.add_argument("--set", type=Path, action="append", dest="sets")
        parser.add_argument("--library", choices=("database", "files"), default="files")
        parser.add_argument("--misses", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate each set."""
        folder = Path(settings.BASE_DIR) / "tests" / "evaluation"
        library = chosen(options["library"])
        for file in options["sets"] or [folder / "enquiries.jsonl"]:
            try:
                cases = labelled_in(file)
            except (BadLine, OSError, KeyError) as error:
                raise CommandError(f"{file}: {error}") from error
            judged, times = [], []
            for case in cases:
                began = time.perf_counter()
                judged.append(Judged(case, assess(case.account, library)))
                times.append((time.perf_counter() - began) * 1000)
            self.stdout.write(f"{file.name}: {len(judged)} messages")
            for measure in measures(judged):
                self.stdout.write(f"  {measure.name:<58} {measure}")
            self.stdout.write(f"  {'expected calibration error':<58} {calibration_error(judged):.2f}")
            self.stdout.write(f"  {'time for one message, median':<58} {median(times):.0f} ms")
            if options["misses"]:
                self.list_misses(judged)

    def list_misses(self, judged: list[Judged]) -> None:
        """What was not right first, and what was not urgent enough."""
        for case in judged:
            first = case.offered[0] if case.offered else "nothing"
            if first not in case.labelled.acceptable:
                wanted = ", ".join(sorted(case.labelled.acceptable))
                self.stdout.write(f"  {case.labelled.id}: {first} instead of {wanted}")
            if case.is_a and case.assessment.outcome != "ACT_NOW":
                self.stdout.write(f"  {case.labelled.id}: tier {case.assessment.tier} instead of A")
