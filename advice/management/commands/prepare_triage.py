"""Put the sentence model together, once for all processes (some ten seconds; done already: at once)."""

from typing import Any

from django.core.management.base import BaseCommand

from advice.triage import embedding


class Command(BaseCommand):
    """`manage.py prepare_triage`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the file, or find it made."""
        self.stdout.write(f"The sentence model is in {embedding.prepared().name}.")
