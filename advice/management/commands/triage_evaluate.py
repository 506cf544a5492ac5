"""Measure triage on labelled messages, print the figures beside their goals, and compare two versions."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from advice.management.commands._library import chosen
from advice.triage import comparison
from advice.triage.assess import assess
from advice.triage.comparison import BadFile, Compared
from advice.triage.evaluation import (
    BadLine,
    Judged,
    Labelled,
    Result,
    asked,
    figures,
    judge,
    labelled_in,
    missed,
)
from advice.triage.library import Library
from advice.triage.reporting import is_kept_aside, write_report
from advice.triage.types import Account

FOLDER = Path(settings.BASE_DIR) / "tests" / "evaluation"
NAMES = (
    "enquiries",
    "held_back",
    "held_back_new",
    "held_back_third",
    "held_back_fourth",
    "held_back_fifth",
)
SETS = tuple(FOLDER / f"{name}.jsonl" for name in NAMES)
REACHED = FOLDER / "reached.json"


class Command(BaseCommand):
    """`manage.py triage_evaluate [--report DIR] [--save FILE | --baseline FILE] [--check]`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which sets and library, and what to do with the figures."""
        add = parser.add_argument
        add("--input", type=Path, action="append", metavar="FILE", help="a labelled set; may be repeated")
        add("--library", choices=("files", "database"), default="files")
        add("--misses", action="store_true", help="list what fell short of a goal")
        add("--report", type=Path, metavar="DIR", help="write report.md and the calibration plots there")
        add("--save", type=Path, metavar="FILE", help="store figures and results, without texts")
        add("--baseline", type=Path, metavar="FILE", help="compare with what --save stored before")
        add("--check", type=Path, nargs="?", const=REACHED, metavar="FILE", help="fail if a figure fell back")
        add(
            "--save-reached",
            type=Path,
            nargs="?",
            const=REACHED,
            metavar="FILE",
            help="store what --check demands",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate each set once; everything else is made from that."""
        try:
            self.evaluate(options)
        except (BadLine, BadFile, OSError) as error:
            raise CommandError(str(error)) from error

    def evaluate(self, options: dict[str, Any]) -> None:
        """Read what is needed first, so that a bad file is told before the work and not after it."""
        labelled = read_sets(options["input"] or SETS)
        baseline = earlier_in(options["baseline"])
        claims = claims_in(options["check"])
        library = chosen(options["library"])
        self.name_unknown(labelled, library)
        made_with = asdict(assess(Account(""), library).versions)
        sets = {name: judge(cases, partial(assess, library=library)) for name, cases in labelled.items()}
        compared = {
            name: comparison.compare(judged, baseline[name])
            for name, judged in sets.items()
            if name in baseline
        }
        for name, judged in sets.items():
            self.print_set(name, judged, compared.get(name), misses=options["misses"])
        if len(sets) > 1:
            # A set alone is small: what a figure is worth shows in all of them.
            self.print_set("all together", [case for judged in sets.values() for case in judged], None)
        if options["report"]:
            file = write_report(options["report"], sets, made_with, compared)
            self.stdout.write(f"The report is {file}.")
        if options["save"]:
            comparison.write(options["save"], comparison.stored(sets, made_with))
        if options["save_reached"]:
            comparison.write(options["save_reached"], comparison.reached(sets, made_with))
        if options["check"]:
            self.check_fallen(sets, claims)

    def name_unknown(self, labelled: dict[str, list[Labelled]], library: Library) -> None:
        """A label that names no scenario of the library can never be right: say so, and go on."""
        known = {scenario.slug for scenario in library.scenarios} | {"none"}
        for name, cases in labelled.items():
            unknown = sorted({slug for case in cases for slug in case.acceptable} - known)
            if unknown:
                self.stdout.write(f"{name}: the library has no scenario {', '.join(unknown)}")

    def print_set(
        self, name: str, judged: Sequence[Judged], compared: Compared | None, *, misses: bool = False
    ) -> None:
        """The table of one set."""
        self.stdout.write(f"{name}: {len(judged)} messages")
        for each in figures(judged):
            self.stdout.write(f"  {each.name:<56} {each.shown:<34} goal {each.goal_shown:<14} {each.verdict}")
        self.stdout.write(f"  {asked(judged)}")
        if compared:
            self.print_comparison(compared)
        if misses:
            self.print_misses(name, judged)

    def print_comparison(self, compared: Compared) -> None:
        """Before and after, in short; the report has the messages."""
        self.stdout.write(f"  before and after, on the {compared.shared} messages that both have seen:")
        for row in compared.rows:
            moved = f"better {row.better}, worse {row.worse}" if row.better or row.worse else ""
            self.stdout.write(
                f"  {row.after.name:<56} {row.before.value:.2f} to {row.after.value:.2f}  {moved}"
            )
        for change in compared.changes:
            word = "better" if change.is_better else "worse"
            self.stdout.write(f"    {change.id}: {word}: {change.goal}")

    def print_misses(self, name: str, judged: Sequence[Judged]) -> None:
        """What fell short; of a set that is kept aside only its id and the goal."""
        for case in judged:
            if not (goals := missed(case)):
                continue
            wanted = ", ".join(sorted(case.labelled.acceptable))
            said = f"{case.first} instead of {wanted}; tier {case.result.tier} for {case.labelled.tier_high}"
            shown = "" if is_kept_aside(name) else f" ({said})"
            self.stdout.write(f"  {case.labelled.id}: {'; '.join(goals)}{shown}")

    def check_fallen(self, sets: comparison.Sets, claims: dict[str, Any]) -> None:
        """Fail when a figure that has been reached has fallen back."""
        for name in sorted(set(claims) - set(sets)):
            self.stdout.write(f"{name} has figures that were reached, and was not evaluated.")
        if fallen := comparison.fallen_back(sets, claims):
            raise CommandError("Triage has fallen back.\n" + "\n".join(fallen))
        self.stdout.write("Nothing has fallen back.")


def read_sets(files: Sequence[Path]) -> dict[str, list[Labelled]]:
    """The labelled sets by the name of their file."""
    sets: dict[str, list[Labelled]] = {}
    for file in files:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        if file.stem in sets:
            raise CommandError(f"Two sets are called {file.stem}: give one another name.")
        sets[file.stem] = labelled_in(file)
    return sets


def earlier_in(file: Path | None) -> dict[str, dict[str, Result]]:
    """What another version made of each message, by set."""
    if file is None:
        return {}
    data = comparison.read(file)
    return {name: comparison.results_in(data, name) for name in data["sets"]}


def claims_in(file: Path | None) -> dict[str, Any]:
    """What has been reached, by set; nothing is claimed where the file does not exist yet."""
    return dict(comparison.read(file)["sets"]) if file and file.is_file() else {}
