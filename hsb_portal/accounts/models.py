"""Users: known by e-mail, without a password."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone


class People(BaseUserManager["User"]):
    """Finds and makes users by e-mail, always in lower case."""

    def create_user(self, email: str, **fields: Any) -> "User":
        """Make a user who signs in by code."""
        user = self.model(email=self.tidy(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make the first admin; a password is never kept."""
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def for_email(self, email: str) -> "User":
        """The user with this address, made now if there was none."""
        found = self.filter(email=self.tidy(email)).first()
        return found or self.create_user(email)

    @staticmethod
    def tidy(email: str) -> str:
        """The one way an address is kept."""
        return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """An enquirer, or one of the service's staff."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or f"user {self.pk}"

    @property
    def is_practitioner(self) -> bool:
        """Whether they answer the queue."""
        return self.has_perm("incidents.answer_enquiry")


class DemoMail(models.Model):
    """A mail of the demo. Never written outside a demo."""

    to = models.EmailField()
    subject = models.CharField(max_length=250)
    body = models.TextField()
    sent_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"mail {self.pk}"
