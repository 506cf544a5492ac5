"""The triage app."""

from django.apps import AppConfig


class TriageConfig(AppConfig):
    """Account and library in, assessment out."""

    name = "advice.triage"
    label = "triage"
    verbose_name = "Triage"
