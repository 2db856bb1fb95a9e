"""Forms 01 and 02 as data, and their versions."""

import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from app.reference.datafiles import ReferenceDataError
from app.reference.form_definition import FormDefinition, ScoringRule
from app.reference.library import DATA, Library, code_list, form_definition, install, library

# the column "proposed name" of the field list of Mẫu số 01
FORM01 = set(
    re.findall(
        r"\w+",
        """agency doc_no place doc_date category channel received_at child_name dob est_age sex
        event_place child_condition likely_consequence father_name father_age father_occupation
        mother_name mother_age mother_occupation family_context current_caregiver prior_actions
        reporter_name reporter_phone reporter_address reporter_notes reporter_consents
        received_by""",
    )
)


def write_form(folder: Path, key: str, version: int, since: str, *changes: tuple[str, str]) -> Path:
    """The shipped form as a further version with changed texts."""
    text = (DATA / "forms" / f"{key}.v1.toml").read_text(encoding="utf-8")
    changes += (("version = 1\n", f"version = {version}\n"),)
    changes += (("effective_from = 2017-07-01", f"effective_from = {since}"),)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "forms").mkdir(exist_ok=True)
    path = folder / "forms" / f"{key}.v{version}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def all_texts(form: FormDefinition) -> list[str]:
    texts = [form.title, *form.document.values(), *(note.text for note in form.notes)]
    texts += [field.label for field in form.fields] + [row.label for row in form.needs]
    texts += [item.label for item in form.items]
    texts += [field.help for field in form.fields if field.help]
    for rated in form.items:
        texts += [rated.levels.HIGH, rated.levels.MEDIUM, rated.levels.LOW]
    return [words for text in texts for words in (text.vi, text.en)]


def test_form_01_has_every_field_of_the_decree() -> None:
    on_paper = {field.name for field in form_definition("form01").fields if field.is_on_paper}
    assert on_paper >= FORM01
    assert on_paper - FORM01 == {"event_commune"}  # the code beside the place of the event


def test_what_the_officer_may_not_know_is_never_required() -> None:
    fields = form_definition("form01").fields
    assert not [f.name for f in fields if f.is_if_known and f.is_required]
    assert {f.name for f in fields if f.section == "informant" and f.is_required} == set()
    known = {"child_name", "dob", "est_age", "sex", "father_name", "mother_name", "family_context"}
    assert known <= {f.name for f in fields if f.is_if_known}


def test_the_notes_of_form_01_are_numbered() -> None:
    assert [note.number for note in form_definition("form01").notes] == list("123456")


def test_form_02_rates_two_items_of_harm_and_two_of_protection() -> None:
    form = form_definition("form02")
    assert [row.code for row in form.items_of("harm")] == ["H1", "H2"]
    assert [row.code for row in form.items_of("protection")] == ["P1", "P2"]
    assert form.items_of("protection")[0].levels.HIGH.vi == "Trẻ em có khả năng tự bảo vệ mình"
    assert form.scoring == ScoringRule(rule="counts", version=1)


def test_every_need_stands_in_exactly_one_row_of_form_02() -> None:
    placed = [need for row in form_definition("form02").needs for need in row.needs]
    assert sorted(placed) == sorted(code_list("needs").codes)


@pytest.mark.parametrize("key", ["form01", "form02"])
def test_texts_are_composed_and_trimmed(key: str) -> None:
    for words in all_texts(form_definition(key)):
        assert words == unicodedata.normalize("NFC", words).strip()


def test_a_field_or_document_text_that_does_not_exist_is_a_key_error() -> None:
    form = form_definition("form01")
    assert form.field("sex").code_list == "sex"
    assert form.document_text("part_a1", "vi") == "1. Nguồn nhận thông tin"
    with pytest.raises(KeyError):
        form.field("colour")
    with pytest.raises(KeyError):
        form.document_text("colour")


def test_a_corrected_text_changes_new_records_only(tmp_path: Path) -> None:
    change = ("Trẻ em không tự bảo vệ được mình", "Trẻ em hoàn toàn không tự bảo vệ được")
    write_form(tmp_path, "form02", 2, "2027-01-01", change)
    forms = Library.load(DATA, tmp_path)
    before = forms.form_definition("form02", at=date(2026, 12, 31))
    after = forms.form_definition("form02", at=date(2027, 1, 1))
    assert (before.version, after.version) == (1, 2)
    assert before == form_definition("form02", version=1)
    assert forms.form_definition("form02", version=1) == before
    assert after.items[2].levels.LOW.vi == change[1]
    assert forms.form_definition("form01") == form_definition("form01")


def test_before_the_first_version_the_first_holds() -> None:
    assert form_definition("form01", at=date(2000, 1, 1)).version == 1


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ReferenceDataError, match="form02: there is no version 9"):
        form_definition("form02", version=9)


def test_the_administrators_folder_is_read_at_the_start(tmp_path: Path) -> None:
    write_form(
        tmp_path, "form02", 101, "2018-01-01", ("Trẻ em ít hoặc không bị", "Trẻ em không bị")
    )
    try:
        install(tmp_path)
        assert form_definition("form02").version == 101
        install(tmp_path / "missing")
        assert form_definition("form02").version == 1
    finally:
        install()
    assert library() is library()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('code_list = "channels"', 'code_list = "canals"'), "fields.channel.code_list: no list"),
        (('section = "contact"', 'section = "place"'), "fields.child_location.section: no section"),
        (('name = "place"', 'name = "doc_no"'), r"fields: repeated \['doc_no'\]"),
        (("max_length = 50", "min_length = 50"), "fields.1.min_length: Extra inputs"),
        (("max_length = 50\n", ""), "doc_no: max_length goes with text types"),
        (('type = "date"', 'type = "code"'), "doc_date: a code list goes with"),
        (('type = "date"', 'type = "day"'), "fields.3.type: Input should be"),
    ],
)
def test_a_fault_is_named_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    write_form(tmp_path, "form01", 101, "2030-01-01", change)
    with pytest.raises(ReferenceDataError, match=rf"form01.v101.toml: .*{message}"):
        Library.load(DATA, tmp_path)


def test_items_and_needs_are_checked(tmp_path: Path) -> None:
    write_form(tmp_path, "form02", 101, "2030-01-01", ('"safety", ', '"castle", '))
    with pytest.raises(
        ReferenceDataError, match=r"form02.v101.toml: needs.1.needs: no need castle"
    ):
        Library.load(DATA, tmp_path)
    write_form(tmp_path, "form02", 101, "2030-01-01", ("[scoring]", "[scores]"))
    with pytest.raises(ReferenceDataError, match=r"form02.v101.toml: scores: Extra inputs"):
        Library.load(DATA, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('states = ["stable"]', 'states = ["stabel"]'), "closing.states: no state stabel"),
        (('section = "health"', 'section = "body"'), "states.physical.section: no section body"),
        (('harm = ["LOW"]', 'harm = ["NONE"]'), "closing.harm.0: Input should be"),
    ],
)
def test_a_fault_in_the_rule_of_closing_is_named(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    """Better no start than a rule under which nothing, or anything, closes."""
    write_form(tmp_path, "form06", 101, "2030-01-01", change)
    with pytest.raises(ReferenceDataError, match=rf"form06.v101.toml: .*{message}"):
        Library.load(DATA, tmp_path)
