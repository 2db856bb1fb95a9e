"""The encrypted file: every byte of it is bound to its place."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from app.backup import envelope
from app.backup.envelope import END, MAGIC, PIECE, Opener, Sealer
from app.backup.faults import BackupFault, Fault
from app.core.crypto import Keyring, create_keyset_file

TAG = 16


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    path = tmp_path_factory.mktemp("keys") / "keyset.json"
    create_keyset_file(path)
    return Keyring(path)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(envelope, "PIECE", 64)
    return 64


def seal(path: Path, keyring: Keyring, content: bytes, step: int = 1000) -> None:
    with path.open("wb") as file:
        sealer = Sealer(file, keyring)
        for place in range(0, len(content), step):
            sealer.write(content[place : place + step])
        sealer.finish()


def opened(path: Path, keyring: Keyring) -> bytes:
    with Opener(path, keyring) as opener:
        return opener.read(10 * PIECE)


def fault(path: Path, keyring: Keyring) -> Fault:
    with pytest.raises(BackupFault) as found:
        opened(path, keyring)
    assert str(found.value)
    return found.value.fault


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1])
def test_what_was_sealed_is_read(tmp_path: Path, keyring: Keyring, size: int) -> None:
    content = os.urandom(size)
    seal(tmp_path / "a", keyring, content, step=300_000)
    assert opened(tmp_path / "a", keyring) == content
    assert (tmp_path / "a").stat().st_size < size + 1000


def test_nothing_of_it_stands_in_clear(tmp_path: Path, keyring: Keyring) -> None:
    seal(tmp_path / "a", keyring, b"canary " * 1000)
    assert b"canary" not in (tmp_path / "a").read_bytes()


@pytest.mark.usefixtures("small_pieces")
def test_every_byte_counts(tmp_path: Path, keyring: Keyring) -> None:
    """All of them, one after the other: none can be changed unseen."""
    path, content = tmp_path / "a", os.urandom(200)
    seal(path, keyring, content)
    whole = path.read_bytes()
    named = []
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        named.append(fault(path, keyring))
    head = whole.index(b"}") + 1 + 32
    assert set(named[: len(MAGIC)]) == {Fault.NOT_A_BACKUP}
    assert set(named[len(MAGIC) : head]) == {Fault.HEAD_CHANGED}
    assert set(named[head : -len(END)]) == {Fault.CHANGED}
    assert set(named[-len(END) :]) == {Fault.TRUNCATED}


@pytest.mark.usefixtures("small_pieces")
def test_every_length_but_its_own_is_truncated(tmp_path: Path, keyring: Keyring) -> None:
    path = tmp_path / "a"
    seal(path, keyring, os.urandom(200))
    whole = path.read_bytes()
    for size in range(len(MAGIC), len(whole)):
        path.write_bytes(whole[:size])
        assert fault(path, keyring) in {Fault.TRUNCATED, Fault.HEAD_CHANGED}
    path.write_bytes(whole + b"x")
    assert fault(path, keyring) is Fault.TRUNCATED


def test_pieces_cut_off_before_the_mark_are_missed(
    tmp_path: Path, keyring: Keyring, small_pieces: int
) -> None:
    path, piece = tmp_path / "a", small_pieces + TAG
    seal(path, keyring, os.urandom(5 * small_pieces))
    whole = path.read_bytes().removesuffix(END)
    path.write_bytes(whole[:-piece] + END)
    assert fault(path, keyring) is Fault.TRUNCATED


@pytest.mark.usefixtures("small_pieces")
@given(content=st.binary(max_size=700), data=st.data())
@how(max_examples=60, deadline=None)
def test_pieces_moved_doubled_or_taken_from_another_file_do_not_open(
    tmp_path_factory: pytest.TempPathFactory, keyring: Keyring, content: bytes, data: st.DataObject
) -> None:
    folder, size = tmp_path_factory.getbasetemp(), 64 + TAG
    one, other = folder / "one", folder / "other"
    seal(one, keyring, content + b"x" * 130)
    seal(other, keyring, content + b"x" * 130)
    whole, foreign = one.read_bytes(), other.read_bytes()
    begin = whole.index(b"}") + 1 + 32
    pieces = [whole[at : at + size] for at in range(begin, len(whole) - len(END), size)]
    strange = [foreign[at : at + size] for at in range(begin, len(foreign) - len(END), size)]
    mixed = data.draw(st.lists(st.sampled_from(pieces + strange), max_size=len(pieces) + 1))
    one.write_bytes(whole[:begin] + b"".join(mixed) + END)
    if mixed == pieces:
        assert opened(one, keyring) == content + b"x" * 130
    else:
        assert fault(one, keyring) in {Fault.CHANGED, Fault.TRUNCATED}


def test_another_keyset_is_named(tmp_path: Path, keyring: Keyring) -> None:
    seal(tmp_path / "a", keyring, b"content")
    create_keyset_file(tmp_path / "other.json")
    assert fault(tmp_path / "a", Keyring(tmp_path / "other.json")) is Fault.OTHER_KEYSET


@pytest.mark.parametrize("content", [b"", b"PGDMP\x01", b"PK\x03\x04" + b"x" * 5000, MAGIC[:-1]])
def test_what_is_no_backup_is_named(tmp_path: Path, keyring: Keyring, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert fault(tmp_path / "a", keyring) is Fault.NOT_A_BACKUP
