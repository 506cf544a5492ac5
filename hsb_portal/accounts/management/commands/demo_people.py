"""Make the demo's people, where the demo setting says so."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from hsb_portal.accounts.models import User
from hsb_portal.accounts.roles import IN_THE_ADMIN

PEOPLE: Final = (
    ("practitioner@demo.example", "Practitioner One", ("practitioner",)),
    ("practitioner2@demo.example", "Practitioner Two", ("practitioner",)),
    ("lead@demo.example", "Lead practitioner", ("lead",)),
    ("editor@demo.example", "Guidance editor", ("editor",)),
    ("admin@demo.example", "Admin", ("admin", "editor")),
)


class Command(BaseCommand):
    """Make one person for each role; safe to run again."""

    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say who they are."""
        if not settings.DEMO:
            raise CommandError("HSB_DEMO is not set: demo people are made only in a demo.")
        for email, name, roles in PEOPLE:
            user = User.objects.for_email(email)
            user.name = name
            user.is_staff = any(role in IN_THE_ADMIN for role in roles)
            user.save(update_fields=["name", "is_staff"])
            user.groups.set(Group.objects.filter(name__in=roles))
            self.stdout.write(f"{email}  {', '.join(roles)}")
