"""Reads the library's text files (`advice/content/`, its README says their form) into plain values."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from advice import parts

CONTENT: Final = Path(__file__).parent / "content"


class BadContent(Exception):
    """A text file does not have the form that advice/content/README.md gives; the message names it."""


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """One scenario as its file has it: model fields, its sources and its wordings."""

    fields: dict[str, Any]
    sources: tuple[dict[str, str], ...]
    wordings: tuple[str, ...]


def split(path: Path) -> tuple[dict[str, Any], str]:
    """The TOML between the +++ lines and the Markdown after it."""
    pieces = path.read_text(encoding="utf-8").split("+++\n", 2)
    if len(pieces) != 3 or pieces[0].strip():
        raise BadContent(f"{path.name}: the facts must stand between two +++ lines at the top.")
    try:
        return tomllib.loads(pieces[1]), pieces[2].strip()
    except tomllib.TOMLDecodeError as error:
        raise BadContent(f"{path.name}: {error}") from error


def parts_of(text: str, *, name: str) -> dict[str, str]:
    """The eight parts by field name; every heading in order, none empty."""
    sections = [piece.partition("\n") for piece in ("\n" + text).split("\n## ")[1:]]
    headings = [heading.strip() for heading, _, _ in sections]
    wanted = [heading for _, heading in parts.PARTS]
    if headings != wanted:
        raise BadContent(f"{name}: headings are {headings}, they must be {wanted}.")
    found = {key: body.strip() for (key, _), (_, _, body) in zip(parts.PARTS, sections, strict=True)}
    empty = [key for key, body in found.items() if not body]
    if empty:
        raise BadContent(f"{name}: nothing under {empty}.")
    return found


def lines_in(path: Path) -> tuple[str, ...]:
    """One wording a line, blank lines left out, each once."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def scenario_file(path: Path) -> ScenarioFile:
    """Read one scenario with its wordings, or say what is wrong with it."""
    facts, text = split(path)
    allowed = {
        "group": dict(parts.GROUPS),
        "settings": dict(parts.SETTINGS),
        "kinds": dict(parts.KINDS),
        "continuum": dict(parts.LEVELS),
    }
    for key, choices in allowed.items():
        values = facts[key] if isinstance(facts[key], list) else [facts[key]]
        unknown = [value for value in values if value not in choices]
        if unknown:
            raise BadContent(f"{path.name}: {key} does not know {unknown}.")
    low, high = facts["continuum"] or ("", "")
    fields = {
        key: facts.get(key, "")
        for key in (
            "slug",
            "code",
            "title",
            "group",
            "applies_when",
            "settings",
            "kinds",
            "continuum_reason",
            "continuum_not_applicable",
            "related",
        )
    }
    fields |= {"youngest": facts["ages"][0], "oldest": facts["ages"][1]}
    fields |= {"continuum_low": low, "continuum_high": high, "review_by": facts.get("review_by")}
    fields |= parts_of(text, name=path.name)
    wordings = lines_in(path.parent.parent / "wordings" / f"{path.stem}.txt")
    return ScenarioFile(fields, tuple(facts.get("sources", ())), wordings)


def scenario_files(folder: Path = CONTENT) -> list[ScenarioFile]:
    """All scenarios, in the order of their codes."""
    read = [scenario_file(path) for path in sorted((folder / "scenarios").glob("*.md"))]
    return sorted(read, key=lambda item: str(item.fields["code"]))


def table(name: str, folder: Path = CONTENT) -> dict[str, dict[str, Any]]:
    """The rows of sources.toml or contacts.toml by key."""
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadContent(f"{name}: {error}") from error
