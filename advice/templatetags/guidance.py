"""What templates need to show guidance."""

from datetime import datetime, time

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from advice import library, rendering

register = template.Library()


def contacts() -> dict[str, str]:
    """The contacts' texts by key, as published now."""
    return {key: contact.text for key, contact in library.current().contacts.items()}


@register.filter
def guidance(text: str, top: int = 4) -> SafeString:
    """Markdown as safe HTML, contacts put in, headings from level `top`."""
    return mark_safe(rendering.to_html(str(text), contacts(), top=top))  # noqa: S308  (cleaned by nh3)


@register.filter
def clock(moment: datetime | time) -> str:
    """A time as people say it: 8am, 1:39pm. Moments are shown in local time."""
    at = localtime(moment) if isinstance(moment, datetime) else moment
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


@register.simple_tag
def contact(key: str) -> str:
    """A contact's text."""
    return contacts().get(key, key)


@register.filter
def percent(value: float) -> str:
    """0.63 as 63 %."""
    return f"{round(float(value) * 100)} %"
