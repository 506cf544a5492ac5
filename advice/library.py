"""The published library as every page and triage reads it: built once a process and release.

Asking for it costs one small query, for the newest release's id; when that has changed, the library is
read again, so what an editor publishes counts at once in every process.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from advice import parts
from advice.models import Contact, CoreResponse, Embedding, Release, ScenarioVersion, Source, Wording
from advice.triage import embedding
from advice.triage.library import Library, build_library
from advice.triage.types import ScenarioText


@dataclass(frozen=True)
class Cited:
    """A source as a scenario page lists it."""

    title: str
    publisher: str
    edition: str
    status: str
    supports: str


@dataclass(frozen=True)
class Page:
    """One published scenario version, ready to be shown."""

    version_id: int
    number: int
    published_on: date
    content: dict[str, Any]
    sources: tuple[Cited, ...]

    def __getattr__(self, name: str) -> Any:
        """Give what the version keeps: slug, title, applies_when, do_now and the rest."""
        try:
            return self.content[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """The eight parts: key, heading, Markdown."""
        return [(key, heading, self.content[key]) for key, heading in parts.PARTS]

    @property
    def is_approved(self) -> bool:
        """Whether a practitioner has approved it."""
        return bool(self.content["approved_by"])

    @property
    def guidance(self) -> str:
        """All parts as one text."""
        return "\n\n".join(text for _key, _heading, text in self.parts)


@dataclass(frozen=True)
class Shelf:
    """Everything published, as of one release."""

    release: int
    pages: dict[str, Page]
    core: CoreResponse | None
    contacts: dict[str, Contact]
    none_wordings: tuple[str, ...]

    @cached_property
    def triage(self) -> Library:
        """The library as triage matches against it."""
        return build_library(
            [
                ScenarioText(
                    slug=page.slug,
                    version=page.number,
                    title=page.title,
                    applies_when=page.applies_when,
                    wordings=tuple(page.wordings),
                    guidance=page.guidance,
                    ages=(page.youngest, page.oldest),
                    settings=tuple(page.settings),
                    kinds=tuple(page.kinds),
                )
                for page in self.pages.values()
            ],
            none_wordings=self.none_wordings,
            version=f"release {self.release}",
            vectors=vectors,
        )


_lock = threading.Lock()
_shelf: Shelf | None = None


def current() -> Shelf:
    """The library as published now."""
    global _shelf  # noqa: PLW0603  (one a process, guarded by the lock)
    newest = Release.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    shelf = _shelf
    if shelf is None or shelf.release != newest:
        with _lock:
            shelf = _shelf
            if shelf is None or shelf.release != newest:
                shelf = _shelf = read(newest)
    return shelf


def forget() -> None:
    """Read the library again next time, whatever the newest release is."""
    global _shelf  # noqa: PLW0603
    _shelf = None


def read(release: int) -> Shelf:
    """Read everything published from the database."""
    sources = {source.key: source for source in Source.objects.all()}
    versions = ScenarioVersion.objects.filter(scenario__published__pk=F("pk"))
    return Shelf(
        release=release,
        pages={
            version.content["slug"]: page(version, sources) for version in versions.order_by("scenario__code")
        },
        core=CoreResponse.objects.first(),
        contacts={contact.key: contact for contact in Contact.objects.all()},
        none_wordings=tuple(
            Wording.objects.filter(scenario=None).order_by("pk").values_list("text", flat=True)
        ),
    )


def as_of(release: int, *, at: datetime) -> Shelf:
    """What triage matched against at an older release, to explain what it said then.

    Scenarios come from their frozen versions. The wordings that fit nothing are not frozen: they are taken
    from their history as they stood `at` that moment. Contacts, sources and the core response are left out.
    """
    made_at = Release.objects.filter(pk=release).values_list("made_at", flat=True).first()
    before = ScenarioVersion.objects.filter(published_at__lte=made_at) if made_at else []
    newest = {version.scenario_id: version for version in sorted(before, key=lambda each: each.number)}
    gone = withdrawn(release)
    versions = [
        version
        for version in newest.values()
        if gone.get(version.content["code"], version.published_at) <= version.published_at
    ]
    history: Any = Wording.history  # simple_history puts it there
    return Shelf(
        release=release,
        pages={
            version.content["slug"]: page(version, {})
            for version in sorted(versions, key=lambda each: str(each.content["code"]))
        },
        core=None,
        contacts={},
        none_wordings=tuple(
            history.as_of(at).filter(scenario=None).order_by("id").values_list("text", flat=True)
        ),
    )


def withdrawn(release: int) -> dict[str, datetime]:
    """When each scenario, by code, was last withdrawn up to this release (see `actions.withdraw`)."""
    rows = Release.objects.filter(pk__lte=release, what__contains=" withdrawn by user ").order_by("pk")
    return {row.what.partition(" ")[0]: row.made_at for row in rows}


def page(version: ScenarioVersion, sources: dict[str, Source]) -> Page:
    """A version with the sources it cites, in their present edition."""
    cited = [
        Cited(source.title, source.publisher, source.edition, cite["status"], cite["supports"])
        for cite in version.content["sources"]
        if (source := sources.get(cite["key"]))
    ]
    return Page(version.pk, version.number, version.published_at.date(), version.content, tuple(cited))


def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """The texts' embeddings, a row each; each text is embedded once for all processes, then kept."""
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    model = embedding.version()
    kept = dict(
        Embedding.objects.filter(model=model, text_hash__in=set(hashes)).values_list("text_hash", "vector")
    )
    missing = {h: text for h, text in zip(hashes, texts, strict=True) if h not in kept}
    if missing:
        made = np.asarray(embedding.embed(list(missing.values())), dtype=np.float32)
        rows = [
            Embedding(text_hash=h, model=model, vector=row.tobytes())
            for h, row in zip(missing, made, strict=True)
        ]
        Embedding.objects.bulk_create(rows, ignore_conflicts=True)
        kept |= {row.text_hash: row.vector for row in rows}
    return np.stack([np.frombuffer(bytes(kept[h]), dtype=np.float32) for h in hashes])
