"""The encrypted field: bound to its row, refused to searches, an error when it cannot be read."""

import base64
import os

import pytest
from django.core.exceptions import FieldError

from hsb_portal.encryption import Ciphertext, Unreadable, seal, unseal
from incidents.models import Draft, Enquiry
from tests.factories import draft, enquiry


@pytest.mark.parametrize("value", [{}, {"a": "é🙂\x00\u202e"}, "text", ["x", 1, None], "x" * 20_000])
def test_a_value_comes_back_as_it_was(value):
    assert unseal(seal(value, where=b"here"), where=b"here") == value


def test_a_value_cannot_be_read_elsewhere():
    with pytest.raises(Unreadable):
        unseal(seal("text", where=b"here"), where=b"there")


def test_a_changed_value_is_an_error_never_text():
    sealed = seal("text", where=b"here")
    key_id, _, data = sealed.partition(":")
    raw = bytearray(base64.b64decode(data))
    raw[-1] ^= 1
    with pytest.raises(Unreadable):
        unseal(f"{key_id}:{base64.b64encode(bytes(raw)).decode()}", where=b"here")


def test_an_unknown_key_is_an_error_that_names_no_content():
    with pytest.raises(Unreadable, match="No key 'zz'"):
        unseal("zz:AAAA", where=b"here")


def test_after_a_key_change_old_values_are_read_and_new_ones_use_the_new_key(settings):
    old = seal("text", where=b"here")
    new_key = base64.b64encode(os.urandom(32)).decode()
    settings.ACCOUNT_KEYS = f"k2:{new_key},{settings.ACCOUNT_KEYS}"
    assert unseal(old, where=b"here") == "text"
    assert seal("text", where=b"here").startswith("k2:")


@pytest.mark.django_db
def test_the_database_holds_ciphertext_and_the_row_reads_it():
    begun = draft(what_happened="plain words")
    raw = Draft.objects.filter(pk=begun.pk).values_list("answers", flat=True).get()
    assert isinstance(raw, Ciphertext)
    assert "plain words" not in raw
    assert Draft.objects.get(pk=begun.pk).answers["what_happened"] == "plain words"


@pytest.mark.django_db
def test_a_value_moved_to_another_row_cannot_be_read():
    one, two = enquiry(), enquiry()
    stolen = Enquiry.objects.filter(pk=one.pk).values_list("account", flat=True).get()
    Enquiry.objects.filter(pk=two.pk).update(account=stolen)
    with pytest.raises(Unreadable):
        Enquiry.objects.get(pk=two.pk).account  # noqa: B018


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["account", "account__contains", "account__isnull"])
def test_what_is_encrypted_cannot_be_searched(lookup):
    with pytest.raises(FieldError):
        list(Enquiry.objects.filter(**{lookup: "x"}))


@pytest.mark.django_db
def test_an_update_cannot_write_plain_text():
    case = enquiry()
    with pytest.raises(FieldError):
        Enquiry.objects.filter(pk=case.pk).update(account="plain")


@pytest.mark.django_db
def test_a_deferred_value_is_read_when_it_is_asked_for():
    case = enquiry()
    assert Enquiry.objects.defer("account").get(pk=case.pk).account == case.account
