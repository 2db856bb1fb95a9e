"""Encryption of what is personal: a keyset outside the database, one data key per child.

The keyset file (app.core.keyset) holds three Tink keysets: `wrap` (AES-256-GCM, wraps data keys),
`lookup` (HMAC-SHA-256 PRF, equality look-ups) and `sign` (Ed25519, audit checkpoints). A field is
AES-256-GCM under its data key with the associated data table, column and row: a value moved
elsewhere does not open.
"""

import json
import logging
import os
import threading
import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tink
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tink import aead, json_proto_keyset_format, prf, secret_key_access, signature

from app.core.keyset import PARTS, create_keyset_file, keys_in, primary_of, read_keyset, register

__all__ = ["create_keyset_file"]

log = logging.getLogger("vongtay.keys")
_NONCE = 12
_PREFIX = 5  # of what Tink wraps: one byte of its format, four of the id of the key

Stamp = tuple[int, int, int]


def wrapped_under(wrapped: bytes) -> int:
    """The id of the key of the keyset under which a data key is wrapped."""
    return int.from_bytes(wrapped[1:_PREFIX], "big")


class _Keys:
    """The keys of one state of the file, never changed. Raises OSError, ValueError, TinkError."""

    def __init__(self, path: Path) -> None:
        register()
        self.stamp = _stamp(path)
        content = read_keyset(path)
        self.serial = int(content.get("serial", 1))
        self.primary = primary_of(content)
        self.numbers = frozenset(key.number for key in keys_in(content) if key.part == "wrap")
        handles = {name: _handle(content[name]) for name in PARTS}
        self.wrap = handles["wrap"].primitive(aead.Aead)
        self.lookup = handles["lookup"].primitive(prf.PrfSet).primary()
        self.signer = handles["sign"].primitive(signature.PublicKeySign)
        public = handles["sign"].public_keyset_handle()
        self.verifier = public.primitive(signature.PublicKeyVerify)
        self.public = json_proto_keyset_format.serialize_without_secret(public)

    def verifies(self, signed: bytes, message: bytes) -> bool:
        try:
            self.verifier.verify(signed, message)
        except tink.TinkError:
            return False
        return True


def _handle(keyset: dict[str, Any]) -> tink.KeysetHandle:
    return json_proto_keyset_format.parse(json.dumps(keyset), secret_key_access.TOKEN)


def _stamp(path: Path) -> Stamp:
    """Changes whenever another file takes the place of the keyset."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


class WrongKey(Exception):  # errors state the fact
    """What was wrapped opens under no key of this keyset."""


class Keyring:
    """The keys of this process. One per process; `install` sets it at start.

    A newer file is taken over without a restart: before something is written under its keys, and
    where something is met that the keys at hand do not open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._keys = _Keys(path)
        # about 2 KB each; a data key that was wrapped anew comes under its new text
        self._ciphers = lru_cache(maxsize=5_000)(self.fresh_cipher)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def primary(self) -> int:
        """The id of the key under which data keys are wrapped now."""
        return self._newest().primary

    @property
    def numbers(self) -> frozenset[int]:
        """The ids of all keys that unwrap data keys."""
        return self._newest().numbers

    def new_data_key(self, key_id: uuid.UUID) -> bytes:
        """A fresh 256-bit data key, wrapped for storage and bound to its row."""
        return bytes(self._newest().wrap.encrypt(AESGCM.generate_key(256), key_id.bytes))

    def wrap_again(self, key_id: uuid.UUID, wrapped: bytes) -> bytes:
        """The same data key, wrapped under the primary key. Raises tink.TinkError."""
        data_key = self._opening(wrapped).wrap.decrypt(wrapped, key_id.bytes)
        return bytes(self._newest().wrap.encrypt(data_key, key_id.bytes))

    def cipher(self, key_id: uuid.UUID, wrapped: bytes) -> AESGCM:
        """The cipher of a wrapped data key; recently used ones are kept in memory."""
        return self._ciphers(key_id, wrapped)

    def fresh_cipher(self, key_id: uuid.UUID, wrapped: bytes) -> AESGCM:
        """The cipher of a wrapped data key, not kept: for reading very many once."""
        return AESGCM(self._opening(wrapped).wrap.decrypt(wrapped, key_id.bytes))

    def forget_ciphers(self) -> None:
        """Keep no data key in memory: one of them was destroyed."""
        self._ciphers.cache_clear()

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """Any other key (a backup's), wrapped and bound to `place`."""
        return bytes(self._newest().wrap.encrypt(key, place))

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """Raises WrongKey for another place or another keyset."""
        try:
            return bytes(self._opening(wrapped).wrap.decrypt(wrapped, place))
        except tink.TinkError:
            raise WrongKey from None

    def lookup(self, field: str, value: str) -> bytes:
        """A keyed hash of `value` for equality look-ups; each field has a domain of its own."""
        return bytes(self._keys.lookup.compute(f"{field}\x00{value}".encode(), 16))

    def sign(self, message: bytes) -> bytes:
        return bytes(self._newest().signer.sign(message))

    def public_key(self) -> str:
        """With which anybody verifies what `sign` signed, as JSON; no secret is in it."""
        return str(self._newest().public)

    def verify(self, signed: bytes, message: bytes) -> bool:
        return self._keys.verifies(signed, message) or self._newest().verifies(signed, message)

    def _opening(self, wrapped: bytes) -> _Keys:
        """The keys that hold the one of `wrapped`, as far as the file has it."""
        keys = self._keys
        return keys if wrapped_under(wrapped) in keys.numbers else self._newest()

    def _newest(self) -> _Keys:
        """The keys of the file as it is now. A file that cannot be read (a copy under way) changes
        nothing: the keys at hand go on, and the file is looked at again next time."""
        try:
            if _stamp(self._path) != self._keys.stamp:
                with self._lock:
                    if _stamp(self._path) != self._keys.stamp:
                        self._keys = _Keys(self._path)
                        log.info("keyset.taken_over", extra={"version": self._keys.serial})
        except (OSError, ValueError, KeyError, tink.TinkError):
            log.warning("keyset.unreadable")
        return self._keys


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


def verifier_of(public_key: str) -> Callable[[bytes, bytes], bool]:
    """(signature, message) -> is it of this key? Takes what `public_key` gave. Raises TinkError."""
    handle = json_proto_keyset_format.parse_without_secret(public_key)
    verifier = handle.primitive(signature.PublicKeyVerify)

    def verify(signed: bytes, message: bytes) -> bool:
        try:
            verifier.verify(signed, message)
        except tink.TinkError:
            return False
        return True

    return verify
