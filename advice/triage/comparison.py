"""Keeps what an evaluation gave, compares two of them, says what has fallen back. No text is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from advice.triage.evaluation import ACT_NOW, GOALS, Figure, Judged, Result, figures

#: In this set no tier A message may be missed, whatever has been reached.
NEVER_MISSED = "enquiries"

Sets = Mapping[str, Sequence[Judged]]


class BadFile(Exception):
    """A stored evaluation cannot be read; the message says what is wrong."""


def read(file: Path) -> dict[str, Any]:
    """A stored file; its sets stand under "sets", by name."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{file} cannot be read: {type(error).__name__}: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("sets"), dict):
        raise BadFile(f"{file} cannot be read: it holds no sets")
    return data


def write(file: Path, data: Mapping[str, Any]) -> None:
    """Store it so that two files can be compared line by line."""
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def stored(sets: Sets, versions: Mapping[str, str]) -> dict[str, Any]:
    """Figures and what each message came out as: ids, never texts."""
    return {
        "versions": dict(versions),
        "sets": {
            name: {
                "figures": {each.name: figure_data(each) for each in figures(judged)},
                "messages": {case.labelled.id: asdict(case.result) for case in judged},
            }
            for name, judged in sets.items()
        },
    }


def figure_data(figure: Figure) -> dict[str, Any]:
    """A figure as it is stored."""
    return {
        "value": round(figure.value, 4),
        "low": round(figure.low, 4),
        "high": round(figure.high, 4),
        "goal": figure.goal,
        "reached": figure.is_reached,
    }


def results_in(data: Mapping[str, Any], name: str) -> dict[str, Result]:
    """What each message of a set came out as, in a stored evaluation."""
    try:
        messages = data["sets"].get(name, {"messages": {}})["messages"]
        return {
            id_: Result(
                outcome=str(each["outcome"]),
                tier=str(each["tier"]),
                scenarios=tuple(each["scenarios"]),
                confidence=None if each["confidence"] is None else float(each["confidence"]),
                confident=bool(each["confident"]),
                flags=tuple(each["flags"]),
            )
            for id_, each in messages.items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(f"the messages of {name} cannot be read: {type(error).__name__}: {error}") from error


# Before and after


@dataclass(frozen=True, slots=True)
class Change:
    """A message that now meets a goal that it did not meet, or the other way round."""

    id: str
    goal: str
    is_better: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """A figure before and after."""

    before: Figure
    after: Figure
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions on the messages that both have seen, by today's labels."""

    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    shared: int
    left_out: int  # messages that only one of the two has seen


def compare(judged: Sequence[Judged], before: Mapping[str, Result]) -> Compared:
    """Set today's results beside those of another version."""
    after = [case for case in judged if case.labelled.id in before]
    earlier = [replace(case, result=before[case.labelled.id]) for case in after]
    changes = tuple(change for pair in zip(earlier, after, strict=True) for change in changes_between(*pair))
    rows = tuple(
        Row(
            old,
            new,
            sum(change.goal == new.name and change.is_better for change in changes),
            sum(change.goal == new.name and not change.is_better for change in changes),
        )
        for old, new in zip(figures(earlier), figures(after), strict=True)
        if new.steady
    )
    seen_by_either = len({case.labelled.id for case in judged} | set(before))
    return Compared(rows, changes, len(after), seen_by_either - len(after))


def changes_between(earlier: Judged, now: Judged) -> list[Change]:
    """The goals that one message met before or meets now, but not both."""
    return [
        Change(now.labelled.id, goal.name, goal.is_met_by(now), in_short(earlier), in_short(now))
        for goal in GOALS
        if goal.about(now) and goal.is_met_by(now) != goal.is_met_by(earlier)
    ]


def in_short(case: Judged) -> str:
    """What a message came out as, in one phrase."""
    return f"{case.result.outcome}, {', '.join(case.offered[:3]) or 'nothing offered'}"


# What has been reached, and what has fallen back


def reached(sets: Sets, versions: Mapping[str, str]) -> dict[str, Any]:
    """The figures, each with whether its goal is reached; times are left out, they depend on the machine."""
    return {
        "versions": dict(versions),
        "sets": {
            name: {
                figure.name: figure_data(figure)
                for figure in figures(judged)
                if figure.steady and figure.measured
            }
            for name, judged in sets.items()
        },
    }


def fallen_back(sets: Sets, claims: Mapping[str, Any]) -> list[str]:
    """What is worse than was reached by more than its interval, and each tier A message missed."""
    said = []
    for name, judged in sets.items():
        if name == NEVER_MISSED:
            said += [
                f"{name}: {case.labelled.id} is tier A and came out {case.result.outcome}"
                for case in judged
                if ACT_NOW.about(case) and not ACT_NOW.is_met_by(case)
            ]
        now = {figure.name: figure for figure in figures(judged)}
        try:
            for figure, claim in claims.get(name, {}).items():
                said += [f"{name}: {sentence}" for sentence in one_fallen(figure, claim, now.get(figure))]
        except (KeyError, TypeError, AttributeError) as error:
            raise BadFile(
                f"what {name} has reached cannot be read: {type(error).__name__}: {error}"
            ) from error
    return said


def one_fallen(name: str, claim: Mapping[str, Any], now: Figure | None) -> list[str]:
    """The sentence about a figure that fell back, if it did."""
    if not claim["reached"]:
        return []
    if now is None or not now.measured:
        return [f"“{name}” was reached and is not measured any more"]
    fell = now.value > claim["high"] if now.at_most else now.value < claim["low"]
    was = f"{claim['value']:.2f} ({claim['low']:.2f} to {claim['high']:.2f})"
    return [f"“{name}” was {was} and is now {now.value:.2f}"] if fell else []
