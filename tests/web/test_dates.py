from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Optional

from app.core.dates import DatePrecision, PartialDate
from app.web import dates
from app.web.fields import PartialDateField, VnDateField, VnDateTimeField
from app.web.forms import BaseForm

NINE_IN_UTC = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


class Calendar(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    day = VnDateField("Ngày", [Optional()])
    moment = VnDateTimeField("Lúc", [Optional()])
    born = PartialDateField("Ngày sinh", [Optional()])


class Strict(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    moment = VnDateTimeField("Lúc", [InputRequired()])
    born = PartialDateField("Ngày sinh", [InputRequired()])


def filled(app: Flask, *typed: tuple[str, str], form: type[BaseForm] = Calendar) -> BaseForm:
    with app.test_request_context(method="POST"):
        made = form(MultiDict(typed))
        made.validate()
        return made


@pytest.mark.parametrize(
    "typed",
    ["05/02/2026", "5/2/2026", "05.02.2026", "5-2-2026", "05 02 2026", "05022026", "2026-02-05"],
)
def test_a_date_is_read_day_first(app: Flask, typed: str) -> None:
    assert filled(app, ("day", typed)).day.data == date(2026, 2, 5)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("30/02/2026", "không có trong lịch"),
        ("31/04/2026", "không có trong lịch"),
        ("13/13/2026", "không có trong lịch"),
        ("01/01/0000", "Năm phải từ"),
        ("01/01/9999", "Năm phải từ"),
        ("05/02/26", "bốn chữ số"),
        ("05/02", "đủ ngày"),
        ("hôm qua", "đủ ngày"),
        ("٠٥/٠٢/٢٠٢٦", "chỉ gồm chữ số"),
        ("5/2/20260000000", "chỉ gồm chữ số"),
    ],
)
def test_an_impossible_date_is_explained_and_kept(app: Flask, typed: str, word: str) -> None:
    form = filled(app, ("day", typed))
    assert word in form.errors["day"][0]
    assert form.day._value() == typed


def test_a_date_is_shown_as_it_is_written_here(app: Flask) -> None:
    with app.test_request_context():
        form = Calendar(data={"day": date(2026, 2, 5)})
        assert form.day._value() == "05/02/2026"
        assert Calendar().day._value() == ""


@pytest.mark.parametrize("typed", ["09:00", "9:00", "9h00", "09h", "0900", "900", "9", "09:00:00"])
def test_a_time_is_read_on_a_vietnamese_clock(app: Flask, typed: str) -> None:
    form = filled(app, ("moment", "21/11/2026"), ("moment", typed))
    assert form.moment.data == NINE_IN_UTC


@pytest.mark.parametrize(
    "typed",
    ["21/11/2026 09:00", "2026-11-21T09:00", "2026-11-21 09:00:00", "2026-11-21T02:00:00+00:00"],
)
def test_date_and_time_may_come_in_one_text(app: Flask, typed: str) -> None:
    form = filled(app, ("moment", typed))
    assert form.moment.data == NINE_IN_UTC
    assert form.moment.parts == ("21/11/2026", "09:00")


@pytest.mark.parametrize(
    ("day", "hour", "word"),
    [
        ("21/11/2026", "", "Ghi cả giờ"),
        ("", "09:00", "đủ ngày"),
        ("21/11/2026", "25:00", "24 giờ"),
        ("21/11/2026", "9:75", "24 giờ"),
        ("21/11/2026", "chiều", "24 giờ"),
        ("9999-01-01T00:00", "", "Năm phải từ"),
    ],
)
def test_half_a_moment_is_explained_and_kept(app: Flask, day: str, hour: str, word: str) -> None:
    form = filled(app, ("moment", day), ("moment", hour))
    assert word in form.errors["moment"][0]
    assert form.moment.parts == (day, hour)


@pytest.mark.parametrize(
    ("parts", "known"),
    [
        (("5", "2", "2017"), PartialDate(date(2017, 2, 5), DatePrecision.DAY)),
        (("", "2", "2017"), PartialDate(date(2017, 2, 1), DatePrecision.MONTH)),
        (("", "", "2017"), PartialDate(date(2017, 1, 1), DatePrecision.YEAR)),
    ],
)
def test_a_birth_date_may_be_known_in_part(
    app: Flask, parts: tuple[str, str, str], known: PartialDate
) -> None:
    form = filled(app, *(("born", part) for part in parts), form=Calendar)
    assert (form.born.data, form.errors) == (known, {})
    assert form.born.parts == parts


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("05/02/2017", "05/02/2017"),
        ("02/2017", "02/2017"),
        ("2017", "2017"),
        ("2017-02", "02/2017"),
    ],
)
def test_a_birth_date_may_come_in_one_text(app: Flask, typed: str, shown: str) -> None:
    assert str(filled(app, ("born", typed)).born.data) == shown


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        (("30", "2", "2017"), "không có trong lịch"),
        (("5", "", "2017"), "Ghi tháng"),
        (("", "2", ""), "Ghi năm"),
        (("", "", "17"), "bốn chữ số"),
        (("", "", "9999"), "Năm phải từ"),
    ],
)
def test_a_birth_date_that_cannot_be_is_explained(
    app: Flask, parts: tuple[str, str, str], word: str
) -> None:
    form = filled(app, *(("born", part) for part in parts))
    assert word in form.errors["born"][0]
    assert form.born.parts == parts


def test_nothing_typed_is_nothing_known(app: Flask) -> None:
    form = filled(app, ("day", " "), *[("moment", "")] * 2, *[("born", "")] * 3)
    assert (form.errors, form.day.data, form.moment.data, form.born.data) == ({}, None, None, None)


def test_a_required_date_accepts_its_own_parts_only(app: Flask) -> None:
    year = [("born", ""), ("born", ""), ("born", "2017")]
    assert "moment" in filled(app, *year, form=Strict).errors
    assert "born" not in filled(app, *year, form=Strict).errors
    assert "born" in filled(app, *[("born", "")] * 3, form=Strict).errors


def test_stored_values_come_back_into_the_inputs(app: Flask) -> None:
    stored = {
        "moment": NINE_IN_UTC,
        "born": PartialDate(date(2017, 2, 1), DatePrecision.MONTH),
    }
    with app.test_request_context():
        form = Calendar(data=stored)
        assert form.moment.parts == ("21/11/2026", "09:00")
        assert form.born.parts == ("", "02", "2017")


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_written_is_read_back(day: date) -> None:
    with Flask("none").app_context():
        assert dates.parse_date(day.strftime("%d/%m/%Y")) == day
        assert dates.parse_date(day.strftime("%d%m%Y")) == day


@given(st.times())
def test_every_time_written_is_read_back(moment: time) -> None:
    assert dates.parse_time(moment.strftime("%H:%M")) == moment.replace(second=0, microsecond=0)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(app: Flask, typed: str) -> None:
    """It is read, or refused with words for the user; nothing else is raised."""
    with app.test_request_context():
        for read in (dates.parse_date, dates.parse_time, dates.parse_iso_datetime):
            assert _answer(read, typed)


def _answer(read: Callable[[str], object], typed: str) -> str:
    try:
        return f"read: {read(typed)}"
    except ValueError as refused:
        return str(refused)
