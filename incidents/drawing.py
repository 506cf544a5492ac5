"""Documents drawn from the code, so that they cannot go stale: the states, and the data we hold."""

from typing import Any, Final

from django.apps import apps
from django.db import models

from hsb_portal.accounts.roles import ROLES
from hsb_portal.encryption import EncryptedJSONField
from incidents.states import TRANSITIONS, Status

NOTE: Final = "<!-- Drawn by `manage.py draw_docs`; change the code, not this file. -->\n\n"


def states() -> str:
    """The states and moves as a table and a diagram."""
    lines = ["# States of an enquiry", "", NOTE.strip(), "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {a.value} --> {b.value}" for a in Status for b in Status if b in TRANSITIONS[a]]
    lines += ["```", "", "| state | on the page | may go to |", "|---|---|---|"]
    for a in Status:
        onwards = ", ".join(f"`{b.value}`" for b in Status if b in TRANSITIONS[a]) or "nowhere"
        lines.append(f"| `{a.value}` | {a.label} | {onwards} |")
    return "\n".join(lines) + "\n"


def incident_models() -> list[Any]:
    """Every model of enquiries."""
    return sorted(apps.get_app_config("incidents").get_models(), key=lambda model: str(model.__name__))


def data_we_hold() -> str:
    """Every field of every model of enquiries: whether it is encrypted, and what retention does with it."""
    lines = ["# Data we hold about enquiries", "", NOTE.strip(), ""]
    for model in incident_models():
        lines += [f"## {model.__name__}", "", (model.__doc__ or "").strip().split("\n")[0], ""]
        lines += ["| field | kind | encrypted | when the account is blanked |", "|---|---|---|---|"]
        for field in model._meta.concrete_fields:
            lines.append(row(model, field))
        lines.append("")
    return "\n".join(lines)


def row(model: Any, field: "models.Field[Any, Any]") -> str:
    """One field's line."""
    sealed = "yes" if isinstance(field, EncryptedJSONField) else ""
    why = getattr(model.Privacy, "kept_because", {}).get(field.name)
    fate = "blanked" if field.name in model.Privacy.blanked else f"kept: {why}" if why else "kept"
    return f"| `{field.name}` | {type(field).__name__} | {sealed} | {fate} |"


def roles() -> str:
    """Roles and their permissions."""
    lines = ["# Roles", "", NOTE.strip(), "", "| role | permissions |", "|---|---|"]
    lines += [f"| {role} | {', '.join(f'`{name}`' for name in names)} |" for role, names in ROLES.items()]
    return "\n".join(lines) + "\n"


DOCUMENTS: Final = {"states.md": states, "data-we-hold.md": data_we_hold, "roles.md": roles}
