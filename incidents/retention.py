"""How long what people wrote is kept. Today: drafts that were never submitted."""

from datetime import datetime, timedelta

from django.conf import settings

from incidents.models import Draft


def expire_drafts(*, at: datetime) -> int:
    """Delete drafts that nobody has touched for longer than the setting says; the number deleted."""
    deleted, _by_model = Draft.objects.filter(
        touched_at__lt=at - timedelta(hours=settings.DRAFT_HOURS)
    ).delete()
    return deleted
