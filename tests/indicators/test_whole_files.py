"""Files of a whole release or of all current tables: what they say besides the cells of tables."""

import csv
import json
from collections.abc import Mapping
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.indicators.definitions import definitions
from app.indicators.dhis2 import mapping
from app.indicators.models import (
    CurrentTable,
    FactSubject,
    PopulationCount,
    PopulationEntry,
    PopulationOrigin,
    ReleaseTable,
)
from app.indicators.pages.release_gaps import TOO_LARGE_WORDS, WHY
from app.indicators.pages.table_words import table_title
from app.indicators.periods import Period
from app.indicators.queries.axes import GIVEN
from app.indicators.services.current_tables import refresh
from app.indicators.services.releasing import withdraw_release
from app.indicators.tables import TOTAL, Audience, ProtectedTable
from app.reference.communes import communes
from tests.actors import actor_of
from tests.browser import Browser
from tests.indicators.figures import add_children, add_support
from tests.indicators.test_releases import (  # noqa: F401
    SHORT,
    Department,
    approved,
    asked,
    department,
    prepared,
    published,
)

CODES = frozenset({"special.commune", "supported.commune_given", "abuse.commune"})
PEOPLE = 700
EMPTY = "11983"  # nobody entered its population
Line = tuple[int | None, int | None, bool]  # numerator, denominator, whether there is a rate


class Files:
    """The whole files of a release for an audience, or of what is current."""

    def __init__(self, browser: Browser, audience: Audience, place: Mapping[str, object]):
        self.browser, self.audience, self.place = browser, audience, place

    def file(self, kind: str) -> bytes:
        where = "releases" if "release_id" in self.place else "current_figures"
        values = {**self.place, "export_format": kind}
        answer = self.browser._alone(
            self.browser.client.get, self.browser._url(f"{where}.export", values)
        )
        assert answer.status_code == 200
        content: bytes = answer.data
        return content

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(StringIO(self.file("csv").decode("utf-8-sig"))))

    def tables(self, session: Session) -> dict[str, ProtectedTable]:
        kind = ReleaseTable if "release_id" in self.place else CurrentTable
        rows = session.scalars(select(kind).where(kind.audience == self.audience)).all()
        return {row.code: row.table for row in rows if row.table is not None}


def populated(session: Session, year: Period) -> None:
    for one in communes():
        if one.code != EMPTY:
            session.add(
                PopulationEntry(
                    year=year.year, commune_code=one.code, version=1, at=clock.now(),
                    origin=PopulationOrigin.TYPED, source="Chi cục", source_on=date(2025, 1, 1),
                    counts=[PopulationCount(sex="male", age_group="0-5", count=PEOPLE)],
                )
            )  # fmt: skip


@pytest.fixture(params=["agency", "public", "current"])
def files(
    request: pytest.FixtureRequest,
    session: Session,
    browser: Browser,
    department: Department,  # noqa: F811
) -> Files:
    add_children(session, 3, group="ORPHAN", commune="11980", name="few")
    add_children(session, 14, group="DISABILITY", commune=EMPTY, name="many")
    children = session.scalars(select(FactSubject.subject).order_by(FactSubject.subject)).all()
    add_support(session, list(children[::2]), since=department.year.start)
    populated(session, department.year)
    session.commit()
    browser.sign_in(department.analyst)
    if request.param == "current":
        refresh(
            now=clock.now(), begin=db.sessionmaker.begin, periods=[department.year], codes=CODES
        )
        return Files(browser, Audience.AGENCY, {"current_period": str(department.year)})
    release = published(session, department, codes=CODES)
    place = {"release_id": release.id, "audience": request.param}
    return Files(browser, Audience(request.param), place)


def wanted_of(tables: Mapping[str, ProtectedTable]) -> dict[tuple[str, str], Line]:
    """By indicator and commune what the protected tables leave of it."""
    found: dict[tuple[str, str], Line] = {}
    special, abuse = tables["special.commune"], tables["abuse.commune"]
    supported = tables["supported.commune_given"]
    for one in communes():
        people = None if one.code == EMPTY else PEOPLE
        for code, table in (("8a", special), ("9", abuse)):
            above = table[(one.code,)].value
            found[code, one.code] = above, people, None not in (above, people)
        part, whole = supported[one.code, GIVEN].value, supported[one.code, TOTAL].value
        found["8b", one.code] = part, whole, part is not None and bool(whole)
    return found


def test_counts_and_rates_of_every_commune_are_those_of_the_protected_tables(
    session: Session, files: Files
) -> None:
    wanted = wanted_of(files.tables(session))
    hidden = [key for key, one in wanted.items() if one[0] is None]
    assert {code for code, _ in hidden} >= {"8a", "8b"}
    assert {code for (code, _), one in wanted.items() if one[0] and one[2]} >= {"8a", "8b"}
    assert from_csv(files) == wanted
    assert from_jsonstat(files) == wanted
    assert from_workbook(files) == wanted
    if files.audience is Audience.PUBLIC:
        check_dhis2(files, wanted)


@pytest.mark.parametrize(
    ("table", "code"), [("special.commune", "8a"), ("supported.commune_given", "8b")]
)
def test_the_file_of_one_table_has_the_rates_of_its_communes(
    session: Session, files: Files, table: str, code: str
) -> None:
    wanted = {key: one for key, one in wanted_of(files.tables(session)).items() if key[0] == code}
    alone = Files(files.browser, files.audience, {**files.place, "table": table})
    assert from_csv(alone) == wanted
    assert from_jsonstat(alone) == wanted
    assert from_workbook(alone) == wanted
    assert {row["table"] for row in alone.rows()} == {"", table}
    assert all(row["axis_1"] for row in alone.rows()), "nothing is said of the province alone"


def from_csv(files: Files) -> dict[tuple[str, str], Line]:
    found = {}
    for row in files.rows():
        if not row["table"] and row["axis_1"] == "commune":
            ends = [bool(row[one]) for one in ("rate", "rate_low", "rate_high")]
            assert len(set(ends)) == 1
            assert bool(row["mark"]) is not ends[0] or row["denominator"] == "0"
            line = _number(row["numerator"]), _number(row["denominator"]), ends[0]
            found[row["indicator"], row["category_1"]] = line
    return found


def _number(words: str) -> int | None:
    return int(words) if words else None


def from_jsonstat(files: Files) -> dict[tuple[str, str], Line]:
    items = json.loads(files.file("json-stat"))["link"]["item"]
    data = next(one for one in items if one["id"][:2] == ["indicator", "commune"])
    codes, places = (data["dimension"][one]["category"]["index"] for one in data["id"][:2])
    keys = [(code, place) for code in codes for place in places]
    width = data["size"][2]
    assert len(data["value"]) == len(keys) * width
    found = {}
    for at, key in enumerate(keys):
        above, below, *rates = data["value"][at * width : (at + 1) * width]
        assert len({one is None for one in rates}) == 1
        assert above is not None or data["status"][str(at * width)] == "c"
        found[key] = above, below, rates[0] is not None
    return found


def from_workbook(files: Files) -> dict[tuple[str, str], Line]:
    sheet = load_workbook(BytesIO(files.file("xlsx")))["Chỉ tiêu theo xã"]
    heads, _, *rows = sheet.iter_rows(min_row=4, values_only=True)
    by_name = {str(one.label): one.code for one in communes()}
    found = {}
    for at in range(1, len(heads), 3):
        for row in rows:
            above, below, rate = row[at : at + 3]
            counts = [one if isinstance(one, int) else None for one in (above, below)]
            has_rate = isinstance(rate, str) and rate.endswith("%")
            assert has_rate or not rate or rate in ("ẩn", "chưa có dân số")
            code = str(heads[at]).partition(".")[0]
            found[code, by_name[str(row[0])]] = counts[0], counts[1], has_rate
    return found


def check_dhis2(files: Files, wanted: Mapping[tuple[str, str], Line]) -> None:
    """What the mapping names of each commune; a hidden rate without value, and it says so."""
    sent: dict[tuple[str, str], dict[str, Any]] = {
        (one["dataElement"], one["orgUnit"]): one
        for one in json.loads(files.file("dhis2"))["dataValues"]
        if one["categoryOptionCombo"] == "default"
    }
    for (code, place), line in wanted.items():
        names = mapping().figures[code]
        rate = sent[names["rate"], place]
        assert ("value" in rate) is line[2]
        assert line[2] or line[1] == 0 or rate["comment"][:2] in ("c:", "m:")
        below = sent[names["denominator"], place].get("value")
        assert below == (None if line[1] is None else str(line[1]))


@pytest.mark.parametrize("is_released", [True, False])
def test_every_file_names_the_tables_that_are_withheld_and_why(
    session: Session,
    browser: Browser,
    department: Department,  # noqa: F811
    is_released: bool,
) -> None:
    """Of a release and of what is current: one that is not proved, one that contradicts itself,
    and one that is too large."""
    broken = {"special.commune": "CannotProtect", "special.group_age": "BrokenTable"}
    period, place = str(department.year), {}
    if is_released:
        release = asked(session, department)
        place = {"release_id": release.id, "audience": "public"}
        kept = {"release_id": release.id, "audience": Audience.PUBLIC}
        session.add_all(ReleaseTable(code=one, problem=why, **kept) for one, why in broken.items())
        approved(session, department, prepared(session, release, SHORT))
    else:
        now = clock.now()
        refresh(now=now, begin=db.sessionmaker.begin, periods=[department.year], codes=SHORT)
        place = {"current_period": period}
        kept = {
            "period": period, "audience": Audience.AGENCY, "facts_mark": "", "computed_at": now,
            "checked_at": now,
        }  # fmt: skip
        session.add_all(CurrentTable(code=one, problem=why, **kept) for one, why in broken.items())
        session.commit()
    files = Files(browser.sign_in(department.analyst), Audience.AGENCY, place)
    wanted = {
        "special.commune": str(WHY["CannotProtect"]),
        "special.group_age": str(WHY["BrokenTable"]),
        "special.commune_group_sex": str(TOO_LARGE_WORDS),
    }
    rows = [row for row in files.rows() if row["mark"] == "q"]
    assert {row["table"]: row["note"] for row in rows} == wanted
    assert not any(row["value"] or row["axis_1"] or row["rate"] for row in rows)
    said = json.loads(files.file("json-stat"))["extension"]["withheld"]
    assert {one["table"]: one["reason"] for one in said} == wanted
    sheet = load_workbook(BytesIO(files.file("xlsx")))["Bảng không công bố"]
    rules = definitions(department.year.last_day)
    titles = {table_title(one, rules): why for one, why in wanted.items()}
    assert dict(sheet.iter_rows(min_row=5, max_col=2, values_only=True)) == titles
    if is_released:
        sent = json.loads(files.file("dhis2"))["dataValues"]
        empty = {one["dataElement"]: one for one in sent if one["comment"].startswith("q:")}
        assert set(empty) == {mapping().data_elements[one] for one in broken}
        assert not any("value" in one for one in empty.values())


def test_dhis2_is_told_to_delete_what_an_earlier_edition_gave_and_this_one_does_not(
    session: Session,
    browser: Browser,
    department: Department,  # noqa: F811
) -> None:
    """Of a table it has no more, and of a cell that it hides; withdrawn, all of both."""
    populated(session, department.year)
    published(session, department, codes=SHORT | {"special.commune"})
    session.execute(update(FactSubject).where(FactSubject.sex == "female").values(sex="male"))
    second = published(session, department, note="Sửa", codes=SHORT)
    browser.sign_in(department.analyst)
    files = Files(browser, Audience.PUBLIC, {"release_id": second.id})
    sent = json.loads(files.file("dhis2"))["dataValues"]
    deleted = [one for one in sent if one.get("deleted")]
    assert {one["dataElement"] for one in deleted} >= {"VT_8A", "VT_8A_AGE_SEX", "VT_8A_RATE"}
    assert not any("value" in one for one in deleted)
    assert any("value" in one for one in sent)
    places = [(one["dataElement"], one["orgUnit"], one["categoryOptionCombo"]) for one in sent]
    assert len(set(places)) == len(places)
    one_table = Files(
        browser, Audience.PUBLIC, {"release_id": second.id, "table": "special.age_sex"}
    )
    alone = json.loads(one_table.file("dhis2"))["dataValues"]
    assert {one["dataElement"] for one in alone} == {"VT_8A_AGE_SEX"}
    assert [one for one in deleted if one["dataElement"] == "VT_8A_AGE_SEX"] == [
        one for one in alone if one.get("deleted")
    ]
    actor, now = actor_of(department.drafter), clock.now()
    withdraw_release(session, actor=actor, release=second, reason="Sai", now=now)
    session.commit()
    taken_back = json.loads(files.file("dhis2"))["dataValues"]
    assert len(taken_back) == len(sent) and all(one["deleted"] for one in taken_back)
