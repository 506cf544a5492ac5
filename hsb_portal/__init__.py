"""Wiring: settings, addresses, Celery, the people who sign in."""

from hsb_portal.celery import app as celery_app

__all__ = ["celery_app"]
