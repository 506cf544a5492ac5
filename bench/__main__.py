"""`script/bench` measures pages and triage; `script/bench triage` only triage, with its memory;
`script/bench fuzz` triage of hostile texts.
"""

import os
import sys
import uuid
from datetime import timedelta

import django
from django.core.management import call_command

from bench.table import head, row, timed


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
    # On one core, as is said; more threads for matrices would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    django.setup()
    if sys.argv[1:2] == ["fuzz"]:
        from bench.fuzz import MANY, fuzz  # noqa: PLC0415

        fuzz(int(sys.argv[2]) if sys.argv[2:] else MANY)
        return
    if sys.argv[1:] != ["triage"]:
        print("Preparing a database of its own ...", flush=True)
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        call_command("load_guidance")
        call_command("demo_people")
        pages()
    from bench.triage import triage  # noqa: PLC0415  (models need Django set up first)

    triage()


if __name__ == "__main__":
    main()
