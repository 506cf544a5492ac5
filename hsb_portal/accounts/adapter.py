"""How sign-in differs from allauth's own: nobody signs up, mails go to one person in neutral words."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by asking for advice, or by an admin; there is no sign-up page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by hand."""
        return False

    def get_user_search_fields(self) -> list[str]:
        """Look people up by e-mail."""
        return ["email"]

    def format_email_subject(self, subject: str) -> str:
        """No prefix: the subject stands as written."""
        return subject

    def get_from_email(self) -> Any:
        """The portal's own address."""
        return super().get_from_email()
