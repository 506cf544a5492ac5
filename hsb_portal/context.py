"""What every page may say of the service: its name, telephone, hours. From settings, never constants."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def service(_request: HttpRequest) -> dict[str, Any]:
    """The service as pages name it."""
    return {
        "service": {
            "name": settings.SERVICE_NAME,
            # On one line as long as it fits on one.
            "phone": settings.SERVICE_PHONE.replace(" ", "\N{NO-BREAK SPACE}"),
            "dial": "".join(settings.SERVICE_PHONE.split()),
            "email": settings.SERVICE_EMAIL,
            "opens": settings.SERVICE_OPENS,
            "closes": settings.SERVICE_CLOSES,
            "edition": settings.GUIDANCE_EDITION,
            "leave_for": settings.LEAVE_FOR,
            "demo": settings.DEMO,
            "draft_hours": settings.DRAFT_HOURS,
        }
    }
