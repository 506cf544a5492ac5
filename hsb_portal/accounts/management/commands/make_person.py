"""Make the first people of a service in production."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from hsb_portal.accounts.models import User
from hsb_portal.accounts.roles import IN_THE_ADMIN, ROLES


class Command(BaseCommand):
    """`manage.py make_person someone@service.example --role admin --role editor`; safe to run again."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address and the roles."""
        parser.add_argument("email")
        parser.add_argument("--role", action="append", required=True, choices=sorted(ROLES))
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the person, or give an existing one these roles."""
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"{options['email']} is not an e-mail address.") from error
        user = User.objects.for_email(options["email"])
        user.name = options["name"] or user.name
        user.is_staff = user.is_staff or any(role in IN_THE_ADMIN for role in options["role"])
        user.save(update_fields=["name", "is_staff"])
        user.groups.add(*Group.objects.filter(name__in=options["role"]))
        self.stdout.write(f"{user.email}: {', '.join(sorted(user.groups.values_list('name', flat=True)))}")
