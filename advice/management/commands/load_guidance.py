"""Load the first library from its text files; safe to run again.

What an editor has changed is never overwritten: a scenario is written only when it is new, or when its
working copy is still exactly what this command wrote before and the text file has changed since.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from advice import actions, library
from advice.content_files import CONTENT, BadContent, ScenarioFile, lines_in, scenario_files, split, table
from advice.models import Citation, Contact, CoreResponse, Scenario, Source, Wording


def hash_of(snapshot: dict[str, Any]) -> str:
    """A short name for exactly this content."""
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True).encode()).hexdigest()


class Command(BaseCommand):
    """`manage.py load_guidance`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is new, publish it, embed its wordings, and say what was done."""
        now = timezone.now()
        try:
            files = scenario_files()
            with transaction.atomic():
                self.load_tables(now)
                done = [self.load(file, now) for file in files]
        except BadContent as error:
            raise CommandError(str(error)) from error
        changed, kept = done.count("written"), done.count("kept")
        self.stdout.write(
            f"Guidance: {len(files)} scenarios, {changed} written, {kept} kept as an editor left them."
        )
        if changed:
            self.stdout.write("Reading the wordings for triage (about half a minute the first time) ...")
            self.stdout.flush()
        library.read(library.current().release).triage  # noqa: B018  (embeds what is not yet embedded)

    def load_tables(self, now: datetime) -> None:
        """Write sources, contacts, the core response and the wordings that fit nothing, where missing."""
        for model, name in ((Source, "sources.toml"), (Contact, "contacts.toml")):
            for key, row in table(name).items():
                model.objects.get_or_create(key=key, defaults=row)
        if not CoreResponse.objects.exists():
            facts, text = split(CONTENT / "core-response.md")
            CoreResponse.objects.create(title=facts["title"], text=text, review_by=facts.get("review_by"))
            actions.release("Core response loaded", at=now)
        if not Wording.objects.filter(scenario=None).exists():
            for text in lines_in(CONTENT / "wordings" / "none.txt"):
                Wording.objects.create(scenario=None, text=text)

    def load(self, file: ScenarioFile, now: datetime) -> str:
        """Write one scenario unless an editor has changed it: "written", "kept" or "same"."""
        scenario = Scenario.objects.filter(slug=file.fields["slug"]).first()
        if scenario is not None and hash_of(scenario.snapshot()) != scenario.loaded_hash:
            return "kept"
        before = scenario.loaded_hash if scenario else ""
        with transaction.atomic():
            scenario = self.write(file, scenario)
            after = hash_of(scenario.snapshot())
            if after == before:
                return "same"
            scenario.loaded_hash = after
            scenario.save(update_fields=["loaded_hash"])
            actions.publish(scenario, by=None, at=now)
        return "written"

    def write(self, file: ScenarioFile, scenario: Scenario | None) -> Scenario:
        """Write the working copy with its wordings and citations."""
        if scenario is None:
            scenario = Scenario.objects.create(**file.fields)
        elif any(getattr(scenario, name) != value for name, value in file.fields.items()):
            for name, value in file.fields.items():
                setattr(scenario, name, value)
            scenario.save()
        if list(scenario.wordings.order_by("pk").values_list("text", flat=True)) != list(file.wordings):
            scenario.wordings.all().delete()
            for text in file.wordings:
                Wording.objects.create(scenario=scenario, text=text)
        wanted = [(s["key"], s.get("supports", ""), s.get("status", "unverified")) for s in file.sources]
        if list(scenario.citations.order_by("pk").values_list("source__key", "supports", "status")) != wanted:
            scenario.citations.all().delete()
            for key, supports, status in wanted:
                source = Source.objects.filter(key=key).first()
                if source is None:
                    raise BadContent(f"{scenario.slug}: sources.toml has no {key!r}.")
                Citation.objects.create(scenario=scenario, source=source, supports=supports, status=status)
        return scenario
