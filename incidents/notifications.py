"""Mails: neutral words, one recipient each, never a word of what anybody wrote."""

import hashlib
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from incidents.models import Outbox
from incidents.states import Parcel

#: The templates of each mail (`emails/<name>-subject.txt`, `-body.txt`) and the page it leads to.
MAILS: Final[dict[Parcel, tuple[str, str]]] = {
    Parcel.NOTIFY: ("enquiry-waiting", "incidents:queue"),
    Parcel.ACKNOWLEDGE: ("received", "incidents:mine"),
    Parcel.REPLY_READY: ("reply-ready", "incidents:mine"),
    Parcel.DRIFT_NOTICE: ("drift", "incidents:drift"),
}
#: Those that go to the service's own people; the others go to the enquirer.
TO_STAFF: Final = frozenset({Parcel.NOTIFY, Parcel.DRIFT_NOTICE})


def mail_for(row: Outbox) -> EmailMessage | None:
    """The mail of a parcel, or None where nobody is left to receive it."""
    asker = row.enquiry.enquirer if row.enquiry else None
    recipient = row.recipient if row.parcel in TO_STAFF else asker
    if recipient is None or not recipient.is_active:
        return None
    name, page = MAILS[Parcel(row.parcel)]
    context = {
        "reference": row.enquiry.reference if row.enquiry else "",
        "link": settings.PUBLIC_URL.rstrip("/") + reverse(page),
        "service": settings.SERVICE_NAME,
        "phone": settings.SERVICE_PHONE,
        "opens": settings.SERVICE_OPENS,
        "closes": settings.SERVICE_CLOSES,
    }
    return EmailMessage(
        subject=render_to_string(f"emails/{name}-subject.txt", context).strip(),
        body=render_to_string(f"emails/{name}-body.txt", context),
        to=[recipient.email],
        headers={"Message-ID": message_id(row), "Auto-Submitted": "auto-generated"},
    )


def message_id(row: Outbox) -> str:
    """The same for every try, so that a mail handed over twice is recognised; not guessable."""
    digest = hashlib.sha256(f"{settings.SECRET_KEY}/parcel/{row.pk}".encode()).hexdigest()[:32]
    return f"<{digest}@{urlsplit(settings.PUBLIC_URL).hostname}>"
