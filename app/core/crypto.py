"""Encryption of what is personal: a keyset outside the database, one data key per child.

The keyset file holds three Tink keysets: `wrap` (AES-256-GCM, wraps data keys), `lookup`
(HMAC-SHA-256 PRF, equality look-ups) and `sign` (Ed25519, audit checkpoints). A field is
AES-256-GCM under its data key with the associated data table, column and row: a value moved
elsewhere does not open.
"""

import json
import os
import uuid
from functools import lru_cache
from pathlib import Path

import tink
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tink import aead, json_proto_keyset_format, prf, secret_key_access, signature

from config import write_new

_NONCE = 12
_PARTS = ("wrap", "lookup", "sign")


def _register() -> None:
    aead.register()
    prf.register()
    signature.register()


def create_keyset_file(path: Path) -> None:
    """Write a fresh keyset, readable by its owner only.

    Raises FileExistsError: an existing one is never overwritten.
    """
    _register()
    templates = (
        aead.aead_key_templates.AES256_GCM,
        prf.prf_key_templates.HMAC_SHA256,
        signature.signature_key_templates.ED25519,
    )
    parts = {
        name: json.loads(
            json_proto_keyset_format.serialize(
                tink.new_keyset_handle(template), secret_key_access.TOKEN
            )
        )
        for name, template in zip(_PARTS, templates, strict=True)
    }
    write_new(path, json.dumps(parts))


class WrongKey(Exception):  # errors state the fact
    """What was wrapped opens under no key of this keyset."""


class Keyring:
    """The keys of this process. One per process; `install` sets it at start."""

    def __init__(self, path: Path) -> None:
        _register()
        parts = json.loads(path.read_text(encoding="utf-8"))
        handles = {
            name: json_proto_keyset_format.parse(json.dumps(parts[name]), secret_key_access.TOKEN)
            for name in _PARTS
        }
        self._wrap = handles["wrap"].primitive(aead.Aead)
        self._lookup = handles["lookup"].primitive(prf.PrfSet).primary()
        self._signer = handles["sign"].primitive(signature.PublicKeySign)
        self._verifier = handles["sign"].public_keyset_handle().primitive(signature.PublicKeyVerify)
        self._ciphers = lru_cache(maxsize=5_000)(self.fresh_cipher)  # about 2 KB each

    def new_data_key(self, key_id: uuid.UUID) -> bytes:
        """A fresh 256-bit data key, wrapped for storage and bound to its row."""
        return bytes(self._wrap.encrypt(AESGCM.generate_key(256), key_id.bytes))

    def cipher(self, key_id: uuid.UUID, wrapped: bytes) -> AESGCM:
        """The cipher of a wrapped data key; recently used ones are kept in memory."""
        return self._ciphers(key_id, wrapped)

    def fresh_cipher(self, key_id: uuid.UUID, wrapped: bytes) -> AESGCM:
        """The cipher of a wrapped data key, not kept: for reading very many once."""
        return AESGCM(self._wrap.decrypt(wrapped, key_id.bytes))

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """Any other key (a backup's), wrapped and bound to `place`."""
        return bytes(self._wrap.encrypt(key, place))

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """Raises WrongKey for another place or another keyset."""
        try:
            return bytes(self._wrap.decrypt(wrapped, place))
        except tink.TinkError:
            raise WrongKey from None

    def lookup(self, field: str, value: str) -> bytes:
        """A keyed hash of `value` for equality look-ups; each field has a domain of its own."""
        return bytes(self._lookup.compute(f"{field}\x00{value}".encode(), 16))

    def sign(self, message: bytes) -> bytes:
        return bytes(self._signer.sign(message))

    def verify(self, signed: bytes, message: bytes) -> bool:
        try:
            self._verifier.verify(signed, message)
        except tink.TinkError:
            return False
        return True


_installed: list[Keyring] = []


def install(path: Path) -> None:
    """Load the keyset for this process."""
    _installed[:] = [Keyring(path)]


def keyring() -> Keyring:
    """The installed keyring. Raises RuntimeError before `install`."""
    if not _installed:
        raise RuntimeError("the keyset is not loaded")
    return _installed[0]


def associated_data(table: str, column: str, row_id: uuid.UUID) -> bytes:
    return f"{table}.{column}.".encode() + row_id.bytes


def seal(cipher: AESGCM, place: bytes, text: str, *, block: int) -> bytes:
    """Encrypt `text` for `place`, padded to a multiple of `block` bytes so that its length says
    little."""
    plain = text.encode() + b"\x80"
    plain += b"\x00" * (-len(plain) % block)
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, place)


def unseal(cipher: AESGCM, place: bytes, blob: bytes) -> str:
    """Decrypt what `seal` made. Raises cryptography.exceptions.InvalidTag for any other place or
    key."""
    plain = cipher.decrypt(blob[:_NONCE], blob[_NONCE:], place)
    return plain[: plain.rindex(b"\x80")].decode()
