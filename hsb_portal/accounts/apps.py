"""The accounts app."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """People and their roles."""

    name = "hsb_portal.accounts"
    label = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        """Write the roles whenever permissions may have changed."""
        from hsb_portal.accounts.roles import write_groups  # noqa: PLC0415  (models are loaded only now)

        post_migrate.connect(write_groups, sender=apps.get_app_config("incidents"))
