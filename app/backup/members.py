"""What stands inside the envelope: members one after the other, and what each must be.

A member is `M`, the length of its name (2 bytes), its name, blocks (length, 4 bytes, and content)
and an empty block; after the last comes `E`. The last member is the manifest.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from app.backup.envelope import Opener, Sealer
from app.backup.faults import BackupFault, Fault
from app.core.crypto import Keyring

DUMP = "database.dump"
MANIFEST = "manifest.json"
FORMAT = 1
_LARGEST_BLOCK = 4 * 1024 * 1024
_LARGEST_MANIFEST = 16 * 1024 * 1024
Take = Callable[[str, bytes], object]


class Content(BaseModel):
    """What a member must be."""

    model_config = ConfigDict(frozen=True)
    size: int
    sha256: str


class LastCheckpoint(BaseModel):
    """The newest signed statement of the log in the backup; `last` is the id of its last event."""

    model_config = ConfigDict(frozen=True)
    number: int | None = None
    at: datetime
    last: int


class Manifest(BaseModel):
    """What is in a backup, and what the database was when it was made."""

    model_config = ConfigDict(frozen=True)
    format: int
    made_at: datetime
    program: str
    server: str
    revision: str
    events: int
    last_event_id: int
    checkpoint: LastCheckpoint | None
    tables: dict[str, int]  # rows of each
    members: dict[str, Content]


class MemberWriter:
    """Writes members and remembers what they were."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self.written: dict[str, Content] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[Callable[[bytes], None]]:
        """One member, whose content is given to what this yields."""
        label, digest, size = name.encode(), hashlib.sha256(), 0

        def write(block: bytes) -> None:
            nonlocal size
            if block:
                size += len(block)
                digest.update(block)
                self._sealer.write(struct.pack(">I", len(block)) + block)

        self._sealer.write(b"M" + struct.pack(">H", len(label)) + label)
        yield write
        self._sealer.write(struct.pack(">I", 0))
        self.written[name] = Content(size=size, sha256=digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        with self.member(MANIFEST) as write:
            write(manifest.model_dump_json().encode())
        self._sealer.write(b"E")
        self._sealer.finish()


def read_backup(path: Path, keyring: Keyring, take: Take | None = None) -> Manifest:
    """Read the whole file and compare every member with the manifest.

    `take(name, block)` is given every block of every member as it comes, before the manifest is
    known: it must be able to forget it all. Raises BackupFault.
    """
    seen: dict[str, Content] = {}
    manifest = b""
    with Opener(path, keyring) as opener:
        for name in _names(opener):
            digest, size = hashlib.sha256(), 0
            for block in _blocks(opener):
                digest.update(block)
                size += len(block)
                if name == MANIFEST and size <= _LARGEST_MANIFEST:
                    manifest += block
                elif take:
                    take(name, block)
            seen[name] = Content(size=size, sha256=digest.hexdigest())
    found = _manifest(manifest)
    seen.pop(MANIFEST, None)
    _compare(found, seen)
    return found


def _names(opener: Opener) -> Iterator[str]:
    while (mark := opener.read(1)) == b"M":
        yield opener.read(int.from_bytes(opener.read(2), "big")).decode()
    if mark != b"E" or opener.read(1):
        raise BackupFault(Fault.CHANGED, "its members do not follow one another as they should")


def _blocks(opener: Opener) -> Iterator[bytes]:
    while size := int.from_bytes(opener.read(4), "big"):
        block = opener.read(size) if size <= _LARGEST_BLOCK else b""
        if len(block) != size:
            raise BackupFault(Fault.CHANGED, "a member ends before it should")
        yield block


def _manifest(text: bytes) -> Manifest:
    try:
        found = Manifest.model_validate_json(text)
    except ValidationError:
        raise BackupFault(Fault.NO_MANIFEST, "its manifest is missing or cannot be read") from None
    if found.format != FORMAT:
        raise BackupFault(
            Fault.NO_MANIFEST, f"it has format {found.format}; this program reads format {FORMAT}"
        )
    return found


def _compare(manifest: Manifest, seen: dict[str, Content]) -> None:
    for name, content in manifest.members.items():
        if name not in seen:
            raise BackupFault(Fault.MEMBER_MISSING, f"the member {name} is missing")
        if seen[name] != content:
            raise BackupFault(
                Fault.MEMBER_CHANGED, f"the member {name} is not what the manifest says"
            )
    if unknown := sorted(seen.keys() - manifest.members.keys()):
        raise BackupFault(
            Fault.MEMBER_UNKNOWN, f"the manifest does not know the member {unknown[0]}"
        )
    if DUMP not in seen:
        raise BackupFault(Fault.MEMBER_MISSING, f"the member {DUMP} is missing")
