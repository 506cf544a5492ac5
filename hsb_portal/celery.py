"""The motor. The database is the truth: what the broker forgets, a sweep finds again."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hsb_portal.settings")

app = Celery("hsb_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
