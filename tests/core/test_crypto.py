"""Sealed values: they open only where they belong, and their length says little."""

import json
import stat
import uuid
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.crypto import Keyring, associated_data, create_keyset_file, keyring, seal, unseal
from app.core.errors import KeyDestroyed
from app.core.sealed import DataKey, open_field
from app.people.models import Child
from tests.factories import ChildFactory

pytestmark = pytest.mark.usefixtures("app")
PLACE = associated_data("children", "full_name", uuid.UUID(int=1))


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=600), st.sampled_from([32, 64, 256])
)
def test_what_is_sealed_comes_back(app: Flask, written: str, block: int) -> None:
    cipher = DataKey.new().cipher
    assert unseal(cipher, PLACE, seal(cipher, PLACE, written, block=block)) == written


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_names_of_different_length_look_alike(app: Flask, name: str) -> None:
    cipher = DataKey.new().cipher
    sizes = {len(seal(cipher, PLACE, n, block=64)) for n in (name[:10], "An", "Nguyễn Thị Ánh")}
    assert sizes == {12 + 64 + 16}


def test_the_same_name_never_looks_the_same_twice() -> None:
    cipher = DataKey.new().cipher
    assert seal(cipher, PLACE, "An", block=64) != seal(cipher, PLACE, "An", block=64)


@pytest.mark.parametrize(
    "elsewhere",
    [
        associated_data("carers", "full_name", uuid.UUID(int=1)),
        associated_data("children", "aliases", uuid.UUID(int=1)),
        associated_data("children", "full_name", uuid.UUID(int=2)),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(elsewhere: bytes) -> None:
    cipher = DataKey.new().cipher
    with pytest.raises(InvalidTag):
        unseal(cipher, elsewhere, seal(cipher, PLACE, "An", block=64))


def test_another_childs_key_does_not_open_it() -> None:
    sealed = seal(DataKey.new().cipher, PLACE, "An", block=64)
    with pytest.raises(InvalidTag):
        unseal(DataKey.new().cipher, PLACE, sealed)


def test_a_wrapped_key_is_bound_to_its_row() -> None:
    key = DataKey.new()
    assert key.wrapped is not None
    with pytest.raises(Exception, match=r"decrypt|INVALID|fail"):
        keyring().cipher(uuid.uuid4(), key.wrapped)


def test_look_ups_are_equal_within_a_field_only() -> None:
    ring = keyring()
    assert ring.lookup("phone", "1") == ring.lookup("phone", "1")
    assert ring.lookup("phone", "1") != ring.lookup("national_id", "1")
    assert ring.lookup("phone", "1") != ring.lookup("phone", "2")


def test_a_signature_holds_for_its_message_only() -> None:
    ring = keyring()
    assert ring.verify(ring.sign(b"head"), b"head")
    assert not ring.verify(ring.sign(b"head"), b"tail")
    assert not ring.verify(b"junk", b"head")


def test_a_keyset_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    create_keyset_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(json.loads(path.read_text())) >= {"wrap", "lookup", "sign"}
    with pytest.raises(FileExistsError):
        create_keyset_file(path)


def test_another_keyset_opens_nothing(tmp_path: Path) -> None:
    create_keyset_file(tmp_path / "other.json")
    key = DataKey.new()
    assert key.wrapped is not None
    with pytest.raises(Exception, match=r"decrypt|INVALID|fail"):
        Keyring(tmp_path / "other.json").cipher(key.id, key.wrapped)


def test_only_ciphertext_reaches_the_table(session: Session) -> None:
    child = ChildFactory(full_name="Hoàng Thị Kim Canary")
    stored = session.execute(text("SELECT c::text FROM children c")).scalar_one()
    assert "Canary" not in stored
    assert session.scalars(select(Child)).one().full_name == child.full_name


def test_a_row_selected_by_columns_opens_too(session: Session) -> None:
    child = ChildFactory(full_name="Trần Văn Bình")
    row = session.execute(
        select(Child.id, Child.full_name_sealed, DataKey.id.label("key"), DataKey.wrapped).join(
            DataKey, DataKey.id == Child.key_id
        )
    ).one()
    name = open_field(Child, "full_name", row.id, (row.key, row.wrapped), row.full_name_sealed)
    assert name == child.full_name == "Trần Văn Bình"


def test_setting_the_same_value_again_changes_nothing(session: Session) -> None:
    child = ChildFactory(full_name="Trần Văn Bình")
    before = child.full_name_sealed
    child.full_name = "Trần Văn Bình"
    assert child.full_name_sealed == before
    child.full_name = None
    assert child.full_name is None


def test_a_destroyed_key_erases_the_child(session: Session) -> None:
    child = ChildFactory(dob="2019-11-23")
    child.key.destroy(now=clock.now())
    session.commit()
    session.expire_all()
    erased = session.get_one(Child, child.id)
    assert erased.full_name == "đã xóa"  # every page goes on, and says so
    assert erased.aliases is None
    assert erased.dob is None
    with pytest.raises(KeyDestroyed):
        erased.full_name = "Trần Văn Bình"
    with pytest.raises(KeyDestroyed):
        _ = erased.key.cipher


def test_values_swapped_between_two_children_do_not_open(session: Session) -> None:
    one, two = ChildFactory(), ChildFactory()
    one.full_name_sealed, two.full_name_sealed = two.full_name_sealed, one.full_name_sealed
    with pytest.raises(InvalidTag):
        _ = one.full_name
