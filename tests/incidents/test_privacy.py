"""Every field says what becomes of it, and drawn documents are up to date."""

import base64
import os

import pytest
from django.core.management import call_command

from hsb_portal.encryption import EncryptedJSONField
from incidents.drawing import incident_models
from incidents.models import Enquiry
from tests.factories import enquiry


@pytest.mark.parametrize("model", incident_models(), ids=lambda model: model.__name__)
def test_every_field_stands_in_blanked_or_kept_and_in_only_one(model):
    fields = {field.name for field in model._meta.concrete_fields}
    blanked, kept = set(model.Privacy.blanked), set(model.Privacy.kept)
    assert blanked | kept == fields
    assert not blanked & kept


@pytest.mark.parametrize("model", incident_models(), ids=lambda model: model.__name__)
def test_everything_encrypted_is_blanked_or_says_why_it_is_kept(model):
    sealed = {f.name for f in model._meta.concrete_fields if isinstance(f, EncryptedJSONField)}
    assert sealed <= set(model.Privacy.blanked) | set(getattr(model.Privacy, "kept_because", {}))


def test_drawn_documents_are_up_to_date():
    call_command("draw_docs", "--check")


@pytest.mark.django_db
def test_rotating_keys_keeps_every_word(settings):
    case = enquiry()
    before = Enquiry.objects.filter(pk=case.pk).values_list("account", flat=True).get()

    settings.ACCOUNT_KEYS = f"k9:{base64.b64encode(os.urandom(32)).decode()},{settings.ACCOUNT_KEYS}"
    call_command("rotate_keys")
    after = Enquiry.objects.filter(pk=case.pk).values_list("account", flat=True).get()
    assert not before.startswith("k9:")
    assert after.startswith("k9:")
    assert Enquiry.objects.get(pk=case.pk).account == case.account
