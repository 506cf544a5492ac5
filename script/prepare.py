"""Prepare what the portal stands on, in one process: Django's start takes longer than most of these steps.

Run by script/run with the Python of `.venv`; every step does nothing where it is done already.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hsb_portal.settings")


def main() -> None:
    """The sentence model, the database, the guidance library, the demo's people, the style sheet."""
    django.setup()
    call_command("check")
    call_command("prepare_triage")
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    call_command("load_guidance")
    if settings.DEMO:
        call_command("demo_people")
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
