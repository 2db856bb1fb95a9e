"""The keyset file: what is in it, and how it is changed without anybody reading half of it.

    {"serial": 3, "dates": {"wrap": {"<id>": {"made": …, "primary_until": …}}, …},
     "wrap": {…}, "lookup": {…}, "sign": {…}}            # three Tink keysets

`wrap` and `sign` are rotated: a new key becomes primary, the earlier ones still open what they
wrapped and verify what they signed. `lookup` is not: two equal numbers must give two equal hashes,
so that one key serves all (docs/adr/0059). Each change is a new file in the place of the old one;
the old one stays beside it under its number.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tink
from tink import aead, json_proto_keyset_format, prf, secret_key_access, signature

from app.core import clock
from config import write_new

PARTS = ("wrap", "lookup", "sign")
ROTATED = ("wrap", "sign")
# How long a key stays after it ceased to be primary: nobody who still took it for primary has a
# transaction open by then.
RETIRED_AFTER = timedelta(hours=1)


class KeysetError(Exception):  # the message is for who runs the command
    """The keyset cannot be changed so."""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """One key of the file. `number` is the id that Tink gave it; no part of its secret."""

    part: str
    number: int
    is_primary: bool
    made: datetime | None  # None: before dates were noted
    primary_until: datetime | None


def register() -> None:
    aead.register()
    prf.register()
    signature.register()


def create_keyset_file(path: Path, now: datetime | None = None) -> None:
    """Write a fresh keyset, readable by its owner only.

    Raises FileExistsError: an existing one is never overwritten.
    """
    register()
    now = now or clock.now()
    content: dict[str, Any] = {"serial": 1, "dates": {}}
    for part in PARTS:
        content[part] = _fresh(part)
        _note(content, part, content[part]["primaryKeyId"], "made", now)
    write_new(path, json.dumps(content))


def read_keyset(path: Path) -> dict[str, Any]:
    """The file as it is. Raises OSError, ValueError."""
    content: Any = json.loads(path.read_text(encoding="utf-8"))
    parts = [content.get(part) for part in PARTS] if isinstance(content, dict) else [None]
    if not all(isinstance(one, dict) and {"key", "primaryKeyId"} <= set(one) for one in parts):
        raise ValueError("not a keyset file")
    return dict(content)


def keys_in(content: Mapping[str, Any]) -> list[KeyFacts]:
    """Every key of the file, in the order in which they were made."""
    return [
        KeyFacts(
            part,
            int(key["keyId"]),
            key["keyId"] == content[part]["primaryKeyId"],
            _date(content, part, key["keyId"], "made"),
            _date(content, part, key["keyId"], "primary_until"),
        )
        for part in PARTS
        for key in content[part]["key"]
    ]


def primary_of(content: Mapping[str, Any], part: str = "wrap") -> int:
    return int(content[part]["primaryKeyId"])


def add_keys(path: Path, *, now: datetime, serial: int | None = None) -> int:
    """New keys of `wrap` and `sign` that are not primary yet: for several machines, where each must
    be able to read them before one writes with them. Returns the serial of the new file.

    Raises KeysetError where one waits already, or where the file is not `serial` any more.
    """
    with _changing(path, serial) as content:
        if waiting(content) is not None:
            raise KeysetError("a key that is not primary yet waits already: promote it first")
        _add(content, now)
    return int(content["serial"])


def promote_keys(path: Path, *, now: datetime, serial: int | None = None) -> int:
    """The keys that were added become primary. Raises KeysetError."""
    with _changing(path, serial) as content:
        if waiting(content) is None:
            raise KeysetError("no added key waits: add one first")
        _promote(content, now)
    return int(content["serial"])


def rotate_keys(path: Path, *, now: datetime, serial: int | None = None) -> int:
    """Add and promote in one step: for one machine. Of two at once one does it.

    Raises KeysetError.
    """
    with _changing(path, serial) as content:
        if waiting(content) is not None:
            raise KeysetError("a key that was added waits: promote it instead")
        _add(content, now)
        _promote(content, now)
    return int(content["serial"])


def retire_key(path: Path, number: int, *, now: datetime, serial: int | None = None) -> int:
    """Take a key out of `wrap`. Whether anything is wrapped under it is asked before.

    Keys of `sign` stay: without them earlier checkpoints could not be verified. Raises KeysetError.
    """
    with _changing(path, serial) as content:
        found = {key.number: key for key in keys_in(content) if key.part == "wrap"}
        key = found.get(number)
        if key is None:
            raise KeysetError(f"no key {number} in this file")
        if key.is_primary:
            raise KeysetError("the primary key is in use: rotate first")
        if key.primary_until is None:
            raise KeysetError("the key was added and never primary: promote it first")
        if now - key.primary_until < RETIRED_AFTER:
            raise KeysetError("the key was primary until less than an hour ago: wait")
        content["wrap"]["key"] = [k for k in content["wrap"]["key"] if k["keyId"] != number]
        content["dates"].get("wrap", {}).pop(str(number), None)
    return int(content["serial"])


def waiting(content: Mapping[str, Any]) -> int | None:
    """The key of `wrap` that was added and is not primary yet. Keys are in the order of making:
    the one behind the primary."""
    numbers = [int(key["keyId"]) for key in content["wrap"]["key"]]
    place = numbers.index(primary_of(content))
    return numbers[-1] if place < len(numbers) - 1 else None


def copy_of(path: Path, serial: int) -> Path:
    """Where the file of this serial stays when a newer one took its place."""
    return path.with_name(f"{path.name}.{serial}")


def _add(content: dict[str, Any], now: datetime) -> None:
    for part in ROTATED:
        known = {key["keyId"] for key in content[part]["key"]}
        fresh = _fresh(part)
        while fresh["primaryKeyId"] in known:
            fresh = _fresh(part)
        content[part]["key"].append(fresh["key"][0])
        _note(content, part, fresh["primaryKeyId"], "made", now)


def _promote(content: dict[str, Any], now: datetime) -> None:
    for part in ROTATED:
        _note(content, part, content[part]["primaryKeyId"], "primary_until", now)
        content[part]["primaryKeyId"] = content[part]["key"][-1]["keyId"]


def _fresh(part: str) -> dict[str, Any]:
    """A Tink keyset of one key, as JSON."""
    template = {
        "wrap": aead.aead_key_templates.AES256_GCM,
        "lookup": prf.prf_key_templates.HMAC_SHA256,
        "sign": signature.signature_key_templates.ED25519,
    }[part]
    register()
    text = json_proto_keyset_format.serialize(
        tink.new_keyset_handle(template), secret_key_access.TOKEN
    )
    made: dict[str, Any] = json.loads(text)
    return made


def _note(content: dict[str, Any], part: str, number: int, what: str, now: datetime) -> None:
    dates = content.setdefault("dates", {}).setdefault(part, {})
    dates.setdefault(str(number), {})[what] = now.isoformat()


def _date(content: Mapping[str, Any], part: str, number: int, what: str) -> datetime | None:
    text = content.get("dates", {}).get(part, {}).get(str(number), {}).get(what)
    return datetime.fromisoformat(text) if text else None


@contextmanager
def _changing(path: Path, serial: int | None) -> Iterator[dict[str, Any]]:
    """The content, to be changed by one process at a time and then put in the place of the file.

    `serial` is what the caller saw: raises KeysetError where another was faster.
    """
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        _same_owner(lock, path)
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = read_keyset(path)
        known = int(content.get("serial", 1))
        if serial is not None and serial != known:
            raise KeysetError("somebody else has just changed the keyset: look at it again")
        yield content
        content["serial"] = known + 1
        _replace(path, content, known)
    finally:
        os.close(lock)


def _same_owner(descriptor: int, path: Path) -> None:
    """What root makes belongs to the owner of the keyset: else the servers could not use it."""
    owner = path.stat()
    if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _replace(path: Path, content: Mapping[str, Any], old: int) -> None:
    """The new file appears whole, with the owner of the old one; the old one stays as a copy."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        write_new(unfinished, json.dumps(content))
        with unfinished.open("rb") as written:
            _same_owner(written.fileno(), path)
        with suppress(FileExistsError):  # left by a change that was interrupted: the same content
            os.link(path, copy_of(path, old))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
