"""How sign-in differs from allauth's own: nobody signs up, mails go to one person in neutral words."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by asking for advice, or by an admin; there is no sign-up page."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": "That code is not right. Use the one from the newest mail, or ask for another.",
        "too_many_login_attempts": "Too many tries. Ask for a new code. If that fails, wait ten minutes.",
    }

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
