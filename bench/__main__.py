"""`script/bench` measures pages and triage; `script/bench triage` only triage, with its memory."""

import json
import os
import resource
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import django
from django.core.management import call_command

MANY = 60


def timed(work: Callable[[], object], many: int = MANY) -> list[float]:
    """Milliseconds of each of so many runs, after two to warm up."""
    work()
    work()
    times = []
    for _ in range(many):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


def row(name: str, times: list[float]) -> None:
    """One line of the table."""
    p95 = sorted(times)[int(len(times) * 0.95) - 1]
    print(f"{name:<46} {statistics.median(times):>9.1f} {p95:>9.1f} {len(times):>6}")


def head(title: str) -> None:
    """The table's head."""
    print(f"\n{title:<46} {'median ms':>9} {'p95 ms':>9} {'runs':>6}")


def memory() -> float:
    """The most memory this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def triage() -> None:
    """One message at a time, whole assessment, warm."""
    from advice.management.commands._library import from_files  # noqa: PLC0415
    from advice.triage.assess import assess  # noqa: PLC0415
    from advice.triage.flags import find_flags  # noqa: PLC0415
    from advice.triage.types import Account  # noqa: PLC0415

    before = memory()
    library = from_files()
    lines = Path("tests/evaluation/enquiries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    words = " ".join(texts).split()
    message = Account(" ".join(words[:150]))
    each = iter(texts * 10)
    head("Triage")
    row("baseline: splitting a 150-word message", timed(message.text.split))
    row("red flags, 150 words", timed(lambda: find_flags(message)))
    row("whole assessment, 150 words", timed(lambda: assess(message, library), 30))
    row("whole assessment, messages as they come", timed(lambda: assess(Account(next(each)), library)))
    print(f"memory that triage adds, building the library included: {memory() - before:.0f} MB")


def pages() -> None:
    """The pages that people wait for, through Django's own client and a real database."""
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from hsb_portal.accounts.models import User  # noqa: PLC0415
    from incidents import actions  # noqa: PLC0415
    from incidents.models import Draft, Enquiry  # noqa: PLC0415

    now = timezone.now()
    answers = {
        "danger_now": "no",
        "role": "teacher",
        "setting": "secondary",
        "what_happened": "A boy in Year 8 keeps touching girls in the corridor when they do not want it. "
        * 5,
        "email": "bench@demo.example",
    }

    def submit() -> Enquiry:
        draft = Draft.objects.create(pk=uuid.uuid4(), answers=answers, started_at=now, touched_at=now)
        return actions.submit(draft, at=timezone.now() - timedelta(seconds=1))

    anonymous, asker, practitioner = Client(), Client(), Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    practitioner.force_login(User.objects.get(email="practitioner@demo.example"), backend=backend)
    head("Pages")
    row("baseline: a page without any work", timed(lambda: anonymous.get("/accessibility/")))
    row("submit, triage included", timed(submit))
    case = submit()
    asker.force_login(User.objects.get(email="bench@demo.example"), backend=backend)
    row("outcome page", timed(lambda: asker.get(f"/enquiry/{case.reference}/")))
    row(f"queue page, {Enquiry.objects.count()} enquiries", timed(lambda: practitioner.get("/queue/")))
    row("practitioner's page of an enquiry", timed(lambda: practitioner.get(f"/queue/{case.reference}/")))
    row("library", timed(lambda: anonymous.get("/guidance/")))
    row("library, a search", timed(lambda: anonymous.get("/guidance/?q=touching+corridor"), 20))


def main() -> None:
    """Prepare a database of its own, then measure."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hsb_portal.settings"
    os.environ["HSB_DEMO"] = "1"
    os.environ["HSB_STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    os.environ["DJANGO_ALLOWED_HOSTS"] = "testserver,localhost"
    django.setup()
    if sys.argv[1:] != ["triage"]:
        print("Preparing a database of its own ...", flush=True)
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        call_command("load_guidance")
        call_command("demo_people")
        pages()
    triage()


if __name__ == "__main__":
    main()
