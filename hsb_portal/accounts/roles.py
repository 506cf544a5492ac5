"""Who may do what: a table of roles and their permissions, written to groups after each migration."""

from typing import Any, Final

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

ALL: Final = ("add", "change", "delete", "view")
GUIDANCE: Final = ("scenario", "wording", "citation", "source", "contact", "coreresponse")

ROLES: Final[dict[str, tuple[str, ...]]] = {
    "practitioner": ("incidents.answer_enquiry",),
    "lead": ("incidents.answer_enquiry", "incidents.lead_enquiry"),
    "editor": (
        *(f"advice.{verb}_{model}" for model in GUIDANCE for verb in ALL),
        "advice.publish_scenario",
        "advice.view_scenarioversion",
    ),
    "admin": (
        *(f"accounts.{verb}_user" for verb in ALL),
        "auth.view_group",
        "advice.view_scenario",
        "advice.view_scenarioversion",
        "incidents.view_outbox",
    ),
}

#: Roles that open the admin; the others work on the portal's own pages.
IN_THE_ADMIN: Final = ("editor", "admin")


def write_groups(**_: Any) -> None:
    """Make each role's group hold exactly its permissions."""
    for app in ("accounts", "auth", "advice", "incidents"):
        create_permissions(apps.get_app_config(app), verbosity=0)
    for role, names in ROLES.items():
        group, _made = Group.objects.get_or_create(name=role)
        wanted = [
            Permission.objects.get(content_type__app_label=app, codename=codename)
            for app, _dot, codename in (name.partition(".") for name in names)
        ]
        group.permissions.set(wanted)
