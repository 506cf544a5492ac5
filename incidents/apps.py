"""The enquiries app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Enquiries: asked, queued, answered."""

    name = "incidents"
    verbose_name = "Enquiries"
