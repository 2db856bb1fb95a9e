"""Code lists: the shipped ones, choosing, retiring, languages, faults."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from app.auth.models import UnitKind
from app.auth.permissions import Section
from app.cases.enums import Category, Outcome, RiskLevel
from app.people.models import DobPrecision, Sex
from app.reference.code_list import CodeList, UnknownCode
from app.reference.datafiles import ReferenceDataError, read_toml
from app.reference.library import DATA, Library, code_list, library

SHIPPED = sorted(library().lists)
GROUPS = {
    "a": "ORPHAN",
    "b": "ABANDONED",
    "c": "NO_SUPPORT",
    "d": "DISABILITY",
    "đ": "HIV",
    "e": "LAW_CONFLICT",
    "g": "DRUG_ADDICTION",
    "h": "DROPOUT_WORK",
    "i": "VIOLENCE_HARM",
    "k": "EXPLOITED",
    "l": "SEX_ABUSE",
    "m": "TRAFFICKED",
    "n": "SERIOUS_ILLNESS",
    "o": "MIGRANT_REFUGEE",
}
HEAD = """
version = {version}
citation = "thử"
effective_from = {since}
title = {{ vi = "Danh mục thử", en = "Trial list" }}
"""


def write_list(folder: Path, version: int, since: str, items: str) -> Path:
    lists = folder / "lists"
    lists.mkdir(exist_ok=True)
    path = lists / f"abuse_settings.v{version}.toml"
    path.write_text(
        HEAD.format(version=version, since=since) + f"items = [{items}]", encoding="utf-8"
    )
    return path


def item(code: str, more: str = "") -> str:
    return f'{{ code = "{code}", label = {{ vi = "{code}", en = "{code}" }} {more} }},'


def test_the_14_groups_carry_the_letters_and_articles_of_the_law() -> None:
    groups = list(code_list("sc_groups").children())
    assert [(group.letter, group.code) for group in groups] == list(GROUPS.items())
    assert [int(group.article) for group in groups] == list(range(3, 17))


def test_sub_groups_are_offered_under_their_group() -> None:
    groups = code_list("sc_groups")
    assert len(groups.choices("vi")) == 14
    assert len(groups.choices("vi", parent="NO_SUPPORT")) == 11
    assert ("SEX_ABUSE.4", "Bị dâm ô") in groups.choices("vi", parent="SEX_ABUSE")
    assert groups.choices("vi", parent="HIV") == []


def test_the_compartments_are_marked() -> None:
    confidential = {c.code for c in code_list("sc_groups").children() if c.is_confidential}
    assert confidential == {"HIV", "SEX_ABUSE"}


def test_there_are_54_ethnic_groups() -> None:
    assert code_list("ethnic_groups").codes == tuple(f"{n:02}" for n in range(1, 55))
    assert code_list("ethnic_groups").label("01", "vi") == "Kinh"


@pytest.mark.parametrize(
    ("key", "members"),
    [
        ("report_categories", Category),
        ("verification_outcomes", Outcome),
        ("risk_levels", RiskLevel),
        ("ratings", RiskLevel),
        ("sections", Section),
        ("unit_kinds", UnitKind),
        ("sex", Sex),
        ("dob_precisions", DobPrecision),
    ],
)
def test_lists_and_enumerations_agree(key: str, members: list[str]) -> None:
    assert set(code_list(key).codes) == {str(member) for member in members}


@pytest.mark.parametrize("key", SHIPPED)
def test_texts_are_composed_and_trimmed_and_different(key: str) -> None:
    labels = [(c.parent, c.label.vi) for c in code_list(key).items]
    assert len(set(labels)) == len(labels)
    for entry in code_list(key).items:
        for text in (entry.label, entry.short, entry.help):
            for words in (text.vi, text.en) if text else ():
                assert words == unicodedata.normalize("NFC", words).strip()


def test_the_language_is_that_of_the_reader() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="vi")
    sex = code_list("sex")
    with app.test_request_context():
        assert sex.choices()[0] == ("male", "Nam")
        assert sex.label("female") == str(sex.get("female").label) == "Nữ"
        with force_locale("en"):
            assert sex.choices()[0] == ("male", "Male")
            assert sex.label("female") == str(sex.get("female").label) == "Female"


def test_outside_a_request_texts_are_vietnamese() -> None:
    assert code_list("sex").label("male") == "Nam"
    assert code_list("sex").label("male", "en") == "Male"


def test_an_unknown_code_and_an_unknown_list_are_refused() -> None:
    with pytest.raises(UnknownCode):
        code_list("sex").label("x")
    with pytest.raises(ReferenceDataError, match="genders: no such data file"):
        code_list("genders")
    assert "x" not in code_list("sex")


def test_a_retired_code_keeps_its_label_and_is_offered_no_more(tmp_path: Path) -> None:
    old = code_list("abuse_settings")
    items = "".join(
        item(code, ", is_retired = true" if code == "online" else "") for code in old.codes
    )
    write_list(tmp_path, 101, "2030-01-01", items + item("bus"))
    lists = Library.load(DATA, tmp_path)
    new = lists.code_list("abuse_settings", at=date(2030, 1, 1))
    assert "online" not in new
    assert "online" not in new.codes
    assert new.label("online") == "online"
    assert "online" not in dict(new.choices("vi"))
    assert "online" in dict(new.choices("vi", keep="online"))
    assert "bus" in new
    assert lists.code_list("abuse_settings", at=date(2029, 12, 31)) == old
    assert lists.code_list("abuse_settings", version=1) == old


def test_a_newer_list_must_keep_every_code(tmp_path: Path) -> None:
    write_list(tmp_path, 101, "2030-01-01", item("home"))
    with pytest.raises(
        ReferenceDataError, match=r"abuse_settings.v101.toml: items: \w+ is missing"
    ):
        Library.load(DATA, tmp_path)


def test_a_version_is_never_replaced(tmp_path: Path) -> None:
    write_list(tmp_path, 1, "2030-01-01", item("home"))
    with pytest.raises(ReferenceDataError, match="a second file of this version"):
        Library.load(DATA, tmp_path)


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (item("a") + item("a"), r"t.v1.toml: .*repeated codes \['a'\]"),
        (item("a", ', parent = "b"'), r"t.v1.toml: .*a: its parent b is not in the list"),
        ('{ code = "a" },', r"t.v1.toml: items.0.label: Field required"),
        (item("a", ', colour = "red"'), r"t.v1.toml: items.0.colour: Extra inputs"),
        (item("a b"), r"t.v1.toml: items.0.code: String should match"),
        ("", r"t.v1.toml: items: Tuple should have at least 1 item"),
        ("{ code = ", r"t.v1.toml: .*line"),
    ],
)
def test_a_fault_is_named_with_file_and_key(tmp_path: Path, items: str, message: str) -> None:
    path = write_list(tmp_path, 1, "2030-01-01", items).rename(tmp_path / "t.v1.toml")
    with pytest.raises(ReferenceDataError, match=message):
        read_toml(path, CodeList)


def test_the_file_name_states_key_and_version(tmp_path: Path) -> None:
    path = write_list(tmp_path, 2, "2030-01-01", item("home"))
    path.rename(path.with_name("abuse_settings.v3.toml"))
    with pytest.raises(ReferenceDataError, match=r"v3.toml: version: the file name says 3"):
        Library.load(DATA, tmp_path)
    path.with_name("abuse_settings.v3.toml").rename(path.with_name("settings.toml"))
    with pytest.raises(ReferenceDataError, match=r"settings.toml: the name is not"):
        Library.load(DATA, tmp_path)
