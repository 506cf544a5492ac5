"""The demo's mail: kept in the database and shown on a page, so that codes can be read."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from hsb_portal.accounts.models import DemoMail


class DemoMailbox(BaseEmailBackend):
    """Keeps each mail instead of sending it. Used only where the demo setting says so."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep the messages; the number kept."""
        for message in email_messages:
            DemoMail.objects.create(
                to=", ".join(message.to), subject=str(message.subject), body=str(message.body)
            )
        return len(email_messages)
