"""Which library a command uses: the published one, or the text files."""

from functools import lru_cache

from django.db import OperationalError, ProgrammingError

from advice import content_files, library, parts
from advice.triage.library import Library, build_library
from advice.triage.types import ScenarioText


@lru_cache(maxsize=1)
def from_files() -> Library:
    """The library of the text files, built without a database."""
    scenarios = [
        ScenarioText(
            slug=str(file.fields["slug"]),
            version=1,
            title=str(file.fields["title"]),
            applies_when=str(file.fields["applies_when"]),
            wordings=file.wordings,
            guidance="\n\n".join(str(file.fields[key]) for key, _ in parts.PARTS),
            ages=(int(file.fields["youngest"]), int(file.fields["oldest"])),
            settings=tuple(file.fields["settings"]),
            kinds=tuple(file.fields["kinds"]),
        )
        for file in content_files.scenario_files()
    ]
    none = content_files.lines_in(content_files.CONTENT / "wordings" / "none.txt")
    return build_library(scenarios, none_wordings=none, version="text files")


def chosen(name: str) -> Library:
    """The library by name: "files", or "database" where one is loaded (else the files)."""
    if name == "files":
        return from_files()
    try:
        shelf = library.current()
    except (OperationalError, ProgrammingError):  # no database has been prepared
        return from_files()
    return shelf.triage if shelf.pages else from_files()
