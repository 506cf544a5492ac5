"""The encrypted field: AES-256-GCM, bound to its table, column and row.

A value cannot be moved to another row or column and still be read; one that cannot be read is an error,
never text. Look-ups are refused: what is encrypted cannot be searched for.
"""

import base64
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

if TYPE_CHECKING:

    class TextField(models.TextField[Any, Any]):
        """For the type checker: any JSON value goes in and comes out."""

        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

else:
    TextField = models.TextField


class Unreadable(Exception):
    """A stored value could not be decrypted: wrong key, wrong row, or changed."""


class Ciphertext(str):
    """An encrypted value as it stands in the database: `key id:base64(nonce + text)`."""

    __slots__ = ()


@lru_cache(maxsize=4)
def keys_in(text: str) -> dict[str, AESGCM]:
    """Read `id:base64key` pairs parted by commas; the first one encrypts."""
    pairs = (pair.strip().partition(":") for pair in text.split(",") if pair.strip())
    return {key_id: AESGCM(base64.b64decode(key)) for key_id, _, key in pairs}


def place(model: models.Model, column: str | None) -> bytes:
    """Where a value belongs: bound into the encryption."""
    return f"{model._meta.db_table}/{column}/{model.pk}".encode()


def seal(value: Any, *, where: bytes) -> Ciphertext:
    """Encrypt a JSON value with the newest key."""
    key_id, key = next(iter(keys_in(settings.ACCOUNT_KEYS).items()))
    nonce = os.urandom(12)
    data = key.encrypt(nonce, json.dumps(value).encode(), where)
    return Ciphertext(f"{key_id}:{base64.b64encode(nonce + data).decode()}")


def unseal(sealed: str, *, where: bytes) -> Any:
    """Decrypt to the JSON value, or raise `Unreadable`."""
    key_id, _, data = sealed.partition(":")
    key = keys_in(settings.ACCOUNT_KEYS).get(key_id)
    if key is None:
        raise Unreadable(f"No key {key_id!r} for {where.decode()}")
    raw = base64.b64decode(data)
    try:
        return json.loads(key.decrypt(raw[:12], raw[12:], where))
    except InvalidTag as error:
        raise Unreadable(f"Cannot read {where.decode()}") from error


class Sealed:
    """Decrypts when an attribute is first read, because only then is the row known."""

    def __init__(self, field: "EncryptedJSONField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Ciphertext):
            value = unseal(value, where=place(instance, self.field.column))
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedJSONField(TextField):
    """A JSON value, encrypted. The row's key must be known before it is saved: use a UUID key."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Put the decrypting attribute on the model."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, Sealed(self))

    def from_db_value(self, value: str | None, *_: Any) -> Ciphertext | None:
        """Keep it encrypted until somebody reads it."""
        return None if value is None else Ciphertext(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Ciphertext:
        """Encrypt for this row."""
        if model_instance.pk is None:
            raise FieldError(f"{self.name} is encrypted for its row, and the row has no key yet.")
        return seal(getattr(model_instance, self.attname), where=place(model_instance, self.column))

    def get_prep_value(self, value: Any) -> Any:
        """Let nothing through in plain text, whatever wrote it."""
        if value is None or isinstance(value, Ciphertext):
            return value
        raise FieldError(f"{self.name} is encrypted: save the row, an update cannot write it.")

    def get_lookup(self, lookup_name: str) -> Any:
        """Refuse to search."""
        raise FieldError(f"{self.name} is encrypted and cannot be searched.")

    def value_to_string(self, obj: models.Model) -> str:
        """A dump holds the encrypted value."""
        return str(seal(self.value_from_object(obj), where=place(obj, self.column)))
