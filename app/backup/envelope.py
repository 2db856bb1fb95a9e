"""One encrypted file, written and read as a stream: nothing of it stands anywhere in clear.

    magic | length of the header, 4 bytes | header, JSON | SHA-256 of all that | pieces | end mark

A piece is AES-256-GCM over 1 MiB under a key of this file alone, which the keyset wraps. Its nonce
is 7 random bytes of the file, its number, and whether it is the last (the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, 2015); its associated data is the digest of the head. So no
piece can be changed, moved, left out, added or cut off. The digest of the head and the end mark
prove nothing: they only help to say what is wrong.
"""

import hashlib
import json
import os
import struct
from base64 import b64decode, b64encode
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.backup.faults import BackupFault, Fault
from app.core.crypto import Keyring, WrongKey

MAGIC = b"VONGTAY BACKUP 1\n"
END = b"\nVONGTAY BACKUP END\n"
PIECE = 1024 * 1024
_TAG = 16
_PREFIX = 7
_DIGEST = hashlib.sha256().digest_size
_LONGEST_HEADER = 64 * 1024
_PLACE = b"backup-key."


class Sealer:
    """What is written is sealed piece by piece; `finish` seals the last and marks the end."""

    def __init__(self, file: BinaryIO, keyring: Keyring) -> None:
        name, key, self._prefix = os.urandom(16), AESGCM.generate_key(256), os.urandom(_PREFIX)
        header = {
            "name": name.hex(),
            "nonce": self._prefix.hex(),
            "key": b64encode(keyring.wrap(key, _PLACE + name)).decode(),
        }
        text = json.dumps(header).encode()
        head = MAGIC + struct.pack(">I", len(text)) + text
        self._cipher, self._place = AESGCM(key), hashlib.sha256(head).digest()
        self._file, self._waiting, self._number = file, bytearray(), 0
        file.write(head + self._place)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) > PIECE:  # the last piece is not known before the end
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        self._seal(bytes(self._waiting), is_last=True)
        self._file.write(END)

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, plain, self._place))
        self._number += 1


class Opener:
    """Reads what a Sealer wrote. Raises BackupFault, naming what is wrong."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BackupFault(Fault.NOT_A_BACKUP, f"{path}: {error.strerror}") from None
        try:
            self._open(keyring)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()

    def read(self, size: int) -> bytes:
        """Just so many bytes; fewer only at the end."""
        while len(self._ready) < size and self._number < self._count:
            self._ready += self._next()
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def _open(self, keyring: Keyring) -> None:
        header, self._place = self._head()
        end = self._file.seek(0, os.SEEK_END) - len(END)
        body = end - self._begin
        self._file.seek(max(0, end))
        if self._file.read() != END or body < _TAG:
            raise BackupFault(
                Fault.TRUNCATED, "the file is truncated: its end is missing. Copy it again"
            )
        self._count, self._left = -(-body // (PIECE + _TAG)), body
        self._ready, self._number = bytearray(), 0
        self._file.seek(self._begin)
        try:
            name, sealed = bytes.fromhex(header["name"]), b64decode(header["key"])
            self._prefix = bytes.fromhex(header["nonce"])
            self._cipher = AESGCM(keyring.unwrap(sealed, _PLACE + name))
        except WrongKey:
            raise BackupFault(
                Fault.OTHER_KEYSET,
                "it was sealed under another keyset: KEYSET_FILE must name the keyset of the"
                " installation that made it, of that time or later",
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _head_changed() from None

    def _head(self) -> tuple[dict[str, str], bytes]:
        magic = self._file.read(len(MAGIC))
        if magic != MAGIC:
            raise BackupFault(Fault.NOT_A_BACKUP, "it is not a backup of Vòng Tay")
        length = self._file.read(4)
        size = int.from_bytes(length, "big")
        text = self._file.read(size) if size <= _LONGEST_HEADER else b""
        digest = self._file.read(_DIGEST)
        if hashlib.sha256(magic + length + text).digest() != digest:
            raise _head_changed()
        self._begin = self._file.tell()
        header: dict[str, str] = json.loads(text)
        return header, digest

    def _next(self) -> bytes:
        blob = self._file.read(min(PIECE + _TAG, self._left))
        self._left -= len(blob)
        self._number += 1
        is_last = self._number == self._count
        try:
            return self._decrypt(blob, is_last=is_last)
        except InvalidTag:
            raise self._changed(blob, is_last=is_last) from None

    def _decrypt(self, blob: bytes, *, is_last: bool) -> bytes:
        nonce = _nonce(self._prefix, self._number - 1, is_last=is_last)
        return self._cipher.decrypt(nonce, blob, self._place)

    def _changed(self, blob: bytes, *, is_last: bool) -> BackupFault:
        """A last piece that opens as one in the middle had others after it."""
        if is_last:
            try:
                self._decrypt(blob, is_last=False)
            except InvalidTag:
                pass
            else:
                return BackupFault(Fault.TRUNCATED, "pieces are missing at its end")
        where = f"piece {self._number} of {self._count}"
        return BackupFault(
            Fault.CHANGED, f"{where} does not open: the file was changed or damaged there"
        )


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, is_last)


def _head_changed() -> BackupFault:
    return BackupFault(Fault.HEAD_CHANGED, "its head was changed or damaged")
