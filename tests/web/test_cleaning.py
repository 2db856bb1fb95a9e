from decimal import Decimal
from unicodedata import is_normalized, normalize

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import DecimalField, IntegerField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.web.cleaning import clean_line, clean_text, forbidden
from app.web.forms import BaseForm, form_errors


class Letter(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    name = StringField("Họ và tên")
    story = TextAreaField("Chuyện xảy ra")
    short = StringField("Ngắn", [Length(max=5)])
    secret = PasswordField("Mật khẩu")
    age = IntegerField("Tuổi")
    weight = DecimalField("Cân nặng")


class Asked(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    needed = StringField("Phải có", [InputRequired("Ghi vào đây.")])


def filled(app: Flask, **typed: str) -> Letter:
    with app.test_request_context(method="POST"):
        form = Letter(MultiDict(typed))
        form.validate()
        return form


def test_text_is_stripped_and_composed(app: Flask) -> None:
    typed = normalize("NFD", "  Nguyễn Thị Hằng ")
    assert filled(app, name=typed).name.data == "Nguyễn Thị Hằng"


@pytest.mark.parametrize("typed", ["", "  ", "\r\n", "\u00a0\u200b"])
def test_a_required_text_of_blanks_is_missing(app: Flask, typed: str) -> None:
    with app.test_request_context(method="POST"):
        form = Asked(MultiDict({"needed": typed}))
        assert not form.validate()
    assert form.needed.errors == ["Ghi vào đây."]


def test_a_name_is_one_line_and_a_story_keeps_its_lines(app: Flask) -> None:
    form = filled(app, name="Nguyễn \u00a0 Văn\r\nAn", story="một\r\nhai\rba\n")
    assert form.name.data == "Nguyễn Văn An"
    assert form.story.data == "một\nhai\nba"


def test_invisible_marks_of_a_pasted_text_are_dropped() -> None:
    assert clean_line("\ufeffLê\u200b Văn\u00ad Nam") == "Lê Văn Nam"


def test_a_password_is_left_as_typed(app: Flask) -> None:
    typed = normalize("NFD", " mật  khẩu ")
    assert filled(app, secret=typed).secret.data == typed


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a\x00b", "điều khiển"),
        ("a\x1bb", "điều khiển"),
        ("a\x85b", "điều khiển"),
        ("a" + chr(0xD800) + "b", "hỏng"),
        ("a\ufffdb", "hỏng"),
        ("\u202egnp.exe", "đảo chiều"),
        ("a\u2066b", "đảo chiều"),
        ("Z" + "\u0335\u0316\u0317\u0318\u0319\u031c", "quá nhiều dấu"),
    ],
)
def test_what_hides_or_breaks_text_is_refused_at_its_field(
    app: Flask, text: str, word: str
) -> None:
    form = filled(app, name=text, story=f"trước {text} sau")
    assert word in form.errors["name"][0]
    assert word in form.errors["story"][0]


@pytest.mark.parametrize(
    "text", ["Nguyễn Thị Ánh", "xã Đ'Bri", "H’Mông", "👧🏽 vẽ tranh", "ẵ ử ỹ đ"]
)
def test_what_people_write_is_accepted(text: str) -> None:
    assert forbidden(clean_text(text)) is None


def test_text_has_a_limit_that_counts_and_does_not_cut(app: Flask) -> None:
    form = filled(app, name="x" * 201, story="x" * 10_001, short="123456")
    assert "đang có 201" in form.errors["name"][0]
    assert "10000" in form.errors["story"][0]
    assert set(form.errors) == {"name", "story", "short"}
    assert len(form.name.data) == 201


@pytest.mark.parametrize("typed", ["2147483648", "-99999999999", "9" * 5000, "1e5", "٣x"])
def test_a_whole_number_fits_the_database_or_is_refused(app: Flask, typed: str) -> None:
    assert "age" in filled(app, age=typed).errors


@pytest.mark.parametrize("typed", ["NaN", "Infinity", "1e999", "-1e15"])
def test_a_decimal_number_is_finite(app: Flask, typed: str) -> None:
    assert "weight" in filled(app, weight=typed).errors


def test_ordinary_numbers_pass(app: Flask) -> None:
    form = filled(app, age="9", weight="25.5")
    assert (form.errors, form.age.data, form.weight.data) == ({}, 9, Decimal("25.5"))


@given(st.text(max_size=80))
def test_any_text_is_kept_composed_or_refused(typed: str) -> None:
    kept = clean_text(typed)
    assert is_normalized("NFC", kept)
    assert kept == clean_text(kept)
    if forbidden(kept) is None:
        kept.encode()
        assert "\x00" not in kept


def test_the_summary_points_at_each_field(app: Flask) -> None:
    form = filled(app, name="a\x00", age="x")
    assert [(e.anchor, e.label) for e in form_errors(form)] == [
        ("name", "Họ và tên"),
        ("age", "Tuổi"),
    ]
