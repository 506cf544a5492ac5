"""The guidance library app."""

from django.apps import AppConfig


class AdviceConfig(AppConfig):
    """Scenarios, their versions, and the pages that show them."""

    name = "advice"
    verbose_name = "Guidance library"
