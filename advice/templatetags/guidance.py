"""What templates need to show guidance."""

import re
from datetime import datetime, time

from django import template
from django.utils.html import conditional_escape
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
def contact(key: str) -> SafeString:
    """A contact's text, escaped, its addresses and the telephone numbers that it can dial as links."""
    text = conditional_escape(contacts().get(key, key))
    linked = rendering.ADDRESS.sub(r'<a class="govuk-link address" href="https://\1">\1</a>', text)
    return mark_safe(rendering.NUMBER.sub(dial, linked))  # noqa: S308  (escaped above; digits, letters, dots, slashes only)


def dial(number: re.Match[str]) -> str:
    """One telephone number as a link."""
    return (
        f'<a class="govuk-link" href="tel:{number[0].replace(" ", "")}">{rendering.unbroken(number[0])}</a>'
    )


@register.filter
def percent(value: float) -> str:
    """0.63 as 63%."""
    return f"{round(float(value) * 100)}%"


@register.filter
def named_row_header(html: str) -> SafeString:
    """Django's table of rows with a word in its first header, which is empty there and says nothing."""
    words = '<th class="original"><span class="visually-hidden">Row</span></th>'
    return mark_safe(str(html).replace('<th class="original"></th>', words))  # noqa: S308  (Django's own HTML)
