"""Writes an evaluation as a report in Markdown, with its calibration plots beside it.

Of a set that is kept aside it shows counts and ids only: who works on rules must not read its messages.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from advice.triage.charts import calibration_plot
from advice.triage.comparison import Compared
from advice.triage.evaluation import (
    GOALS,
    KEPT_ASIDE,
    Judged,
    Measure,
    asked,
    calibration,
    confusions,
    figures,
    flag_figures,
    missed,
)

MOST_CONFUSIONS = 20
#: What Markdown or HTML would read as its own: anywhere, and at the beginning of a line.
SPECIAL = re.compile(r"([\\`*_\[\]|<>&~$]|^[-+#=]|^\d+(?=[.)]))")


def write_report(
    folder: Path,
    sets: Mapping[str, Sequence[Judged]],
    versions: Mapping[str, str],
    compared: Mapping[str, Compared],
) -> Path:
    """Write report.md and a plot for each set; return the report's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, judged in sets.items():
        (folder / plot_of(name)).write_text(calibration_plot(calibration(judged), name), encoding="utf-8")
    file = folder / "report.md"
    file.write_text(report(sets, versions, compared), encoding="utf-8")
    return file


def report(
    sets: Mapping[str, Sequence[Judged]], versions: Mapping[str, str], compared: Mapping[str, Compared]
) -> str:
    """The whole report."""
    made = ["# How well triage agrees with careful readers", ""]
    made += [
        "Shares stand with their 95 % interval (Wilson). No practising practitioner has checked the labels"
        " unless a set says so. Times are of this machine and of the messages as they come.",
        "",
        *table(("made with", "version"), [(key, plain(value)) for key, value in versions.items()]),
    ]
    for name, judged in sets.items():
        made += part(name, judged, compared.get(name))
    return "\n".join(made).rstrip() + "\n"


def part(name: str, judged: Sequence[Judged], compared: Compared | None) -> list[str]:
    """What the report says of one set."""
    return [
        "",
        f"## {plain(name)}: {len(judged)} messages",
        "",
        *figures_part(judged),
        *(comparison_part(compared, kept_aside=is_kept_aside(name)) if compared else []),
        *calibration_part(name, judged),
        *confusions_part(judged),
        *flags_part(judged),
        *(misses_by_id(judged) if is_kept_aside(name) else misses_with_text(judged)),
    ]


def is_kept_aside(name: str) -> bool:
    """Whether the texts of this set must not be shown."""
    return name.startswith(KEPT_ASIDE)


def plot_of(name: str) -> str:
    """The file of a set's plot."""
    return f"calibration-{re.sub(r'[^A-Za-z0-9_-]', '-', name)}.svg"


def figures_part(judged: Sequence[Judged]) -> list[str]:
    """Figures, intervals and goals."""
    rows = [(each.name, each.shown, each.goal_shown, each.verdict) for each in figures(judged)]
    return [
        "### Figures",
        "",
        *table(("measure", "figure", "goal", ""), rows),
        "",
        f"Besides: {asked(judged)}.",
    ]


def comparison_part(compared: Compared, *, kept_aside: bool) -> list[str]:
    """Before and after, and which messages changed."""
    left_out = f" {compared.left_out} others were seen by only one of the two." if compared.left_out else ""
    rows = [
        (
            row.after.name,
            row.before.shown,
            row.after.shown,
            *better_and_worse(row.better, row.worse, row.after.name),
        )
        for row in compared.rows
    ]
    made = [
        "",
        "### Before and after",
        "",
        f"On the {compared.shared} messages that both versions have seen, by today's labels.{left_out}",
        "",
        *table(("measure", "before", "after", "better", "worse"), rows),
        "",
    ]
    if not compared.changes:
        return [*made, "No message meets a goal that it did not meet, or the other way round."]
    changes = sorted(compared.changes, key=lambda each: (each.is_better, each.id))
    if kept_aside:
        return made + table(
            ("message", "", "goal"),
            [(plain(each.id), "better" if each.is_better else "worse", each.goal) for each in changes],
        )
    return made + table(
        ("message", "", "goal", "before", "after"),
        [
            (
                plain(each.id),
                "better" if each.is_better else "worse",
                each.goal,
                plain(each.before),
                plain(each.after),
            )
            for each in changes
        ],
    )


def better_and_worse(better: int, worse: int, name: str) -> tuple[str, str]:
    """How many messages changed; the calibration error has no messages of its own."""
    return ("", "") if name.startswith("expected") else (str(better), str(worse))


def calibration_part(name: str, judged: Sequence[Judged]) -> list[str]:
    """The plot and its table."""
    rows = [
        (
            f"{each.low:.1f} to {each.high:.1f}",
            str(each.of),
            f"{each.said:.2f}",
            str(Measure("", each.right, each.of)),
        )
        for each in calibration(judged)
    ]
    return [
        "",
        "### Is confidence honest?",
        "",
        f"![Calibration of {plain(name)}: the same numbers stand in the table below]({plot_of(name)})",
        "",
        *table(("confidence of the first match", "messages", "said (mean)", "right"), rows),
    ]


def confusions_part(judged: Sequence[Judged]) -> list[str]:
    """What was offered instead."""
    rows = [
        (plain(each.primary), plain(each.first), str(each.count), str(each.accepted))
        for each in confusions(judged)[:MOST_CONFUSIONS]
    ]
    return [
        "",
        "### Confusions",
        "",
        "Where both readers name one scenario and another is offered first: the most frequent, those that no"
        f" reader accepts before the others ({MOST_CONFUSIONS} at most).",
        "",
        *table(("both readers", "offered first", "messages", "of these accepted by a reader"), rows),
    ]


def flags_part(judged: Sequence[Judged]) -> list[str]:
    """Each flag's precision and recall."""
    rows = [(each.code, shown(each.precision), shown(each.recall)) for each in flag_figures(judged)]
    return [
        "",
        "### Red flags",
        "",
        "Precision: of the messages for which it was raised, those for which a reader named it. Recall: of"
        " the messages for which both readers named it, those for which it was raised.",
        "",
        *table(("flag", "precision", "recall"), rows),
    ]


def shown(measure: Measure) -> str:
    """A measure, or a word where there is nothing to measure."""
    return str(measure) if measure.of else "none"


def misses_by_id(judged: Sequence[Judged]) -> list[str]:
    """Which messages fell short of which goal, without a word of them."""
    ids = {goal.name: [case.labelled.id for case in judged if goal.name in missed(case)] for goal in GOALS}
    return [
        "",
        "### Misses",
        "",
        "This set is kept aside: its texts are not shown, so that no rule is written for them.",
        "",
        *table(
            ("goal", "messages", "which"),
            [(goal, str(len(named)), plain(", ".join(named))) for goal, named in ids.items() if named],
        ),
    ]


def misses_with_text(judged: Sequence[Judged]) -> list[str]:
    """Each message that fell short of a goal, with its text."""
    made = ["", "### Misses"]
    for case in judged:
        if goals := missed(case):
            made += miss(case, goals)
    return made if len(made) > 2 else [*made, "", "None."]


def miss(case: Judged, goals: Sequence[str]) -> list[str]:
    """One message that fell short."""
    label, result = case.labelled, case.result
    tiers = label.tier_low if label.tier_low == label.tier_high else f"{label.tier_low} or {label.tier_high}"
    sure = f", {result.confidence:.2f}" if result.confidence is not None else ""
    return [
        "",
        f"#### {plain(label.id)}",
        "",
        f"- falls short of: {'; '.join(goals)}",
        f"- readers: {plain(', '.join(sorted(label.acceptable)))}; tier {tiers}",
        f"- triage: {plain(', '.join(case.offered[:3]) or 'nothing offered')}{sure};"
        f" tier {result.tier}, {plain(result.outcome)}",
        "",
        f"> {plain(label.account.text)}",
    ]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, or a word when it is empty."""
    if not rows:
        return ["None."]
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def plain(text: str) -> str:
    """Text on one line in which Markdown and HTML see nothing special."""
    return SPECIAL.sub(lambda found: escaped(found[0]), " ".join(text.split()))


def escaped(special: str) -> str:
    """A sign with a backslash before it; of "1." the point is what makes a list."""
    return f"{special}\\" if special.isdigit() else f"\\{special}"
