"""Encrypt everything again with the newest key of HSB_ACCOUNT_KEYS; safe to stop and to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from hsb_portal.encryption import EncryptedJSONField
from incidents.drawing import incident_models


class Command(BaseCommand):
    """`manage.py rotate_keys`: afterwards the old key may be taken out of the setting."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and save each row that holds something encrypted."""
        for model in incident_models():
            fields = [f.name for f in model._meta.concrete_fields if isinstance(f, EncryptedJSONField)]
            if not fields:
                continue
            total = model.objects.count()
            for done, row in enumerate(model.objects.iterator(chunk_size=200), start=1):
                for name in fields:
                    getattr(row, name)
                row.save(update_fields=fields)
                if done % 500 == 0:
                    self.stdout.write(f"{model.__name__}: {done} of {total}")
            self.stdout.write(f"{model.__name__}: {total} encrypted with the newest key.")
