"""The pages of figures: what is shown, what is hidden, and never one for the other."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.core import clock
from app.indicators.definitions import definitions
from app.indicators.models import (
    CommuneOutlines,
    CurrentTable,
    PopulationCount,
    PopulationEntry,
    PopulationOrigin,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.pages.figure_bars import Bar, figure_bars
from app.indicators.pages.overview import period_choices, period_of
from app.indicators.pages.rate_words import DIGITS, percent_words, rate_words, span_words
from app.indicators.pages.table_picture import class_words
from app.indicators.pages.table_rates import Rates
from app.indicators.periods import Period, PeriodKind
from app.indicators.protection.rates import rate
from app.indicators.queries.axes import axis
from app.indicators.queries.protected import protected_figures
from app.indicators.release_figures import COUNTED
from app.indicators.tables import (
    TOTAL,
    Audience,
    Axis,
    Cell,
    Mark,
    Place,
    ProtectedTable,
    places_of,
)
from app.reference.communes import communes
from tests.browser import Browser
from tests.factories import UnitFactory, UserFactory
from tests.sql import counted

INDEX, SHOW = "indicators.index", "indicators.show"
PHO_HIEN, TAN_HUNG, HONG_CHAU = "11953", "11977", "11980"


@pytest.fixture
def analyst(session: Session) -> User:
    made: User = UserFactory(role=Role.ANALYST, unit=UnitFactory(doh=True))
    session.commit()
    return made


@pytest.fixture
def period() -> Period:
    return Period.containing(PeriodKind.YEAR, clock.today())


def protected(
    code: str,
    period: Period,
    axes: tuple[Axis, ...],
    values: Mapping[Place, int | None],
    audience: Audience = Audience.AGENCY,
) -> ProtectedTable:
    """What is not among `values` is 0; None is hidden."""
    cells = {}
    for place in places_of(axes):
        value = values.get(place, 0)
        cells[place] = Cell(value, Mark.OPEN if value is not None else Mark.PRIMARY)
    return ProtectedTable(code, str(period), axes, cells, audience, 1, {})


def keep(session: Session, table: ProtectedTable) -> None:
    content, now = table.to_json(), clock.now()
    certificate = content.pop("certificate")
    session.add(
        CurrentTable(
            code=table.code, audience=table.audience, period=table.period, content=content,
            certificate=certificate, facts_mark="x", computed_at=now, checked_at=now,
        )
    )  # fmt: skip
    session.commit()


def refuse(session: Session, code: str, period: Period) -> None:
    now = clock.now()
    session.add(
        CurrentTable(
            code=code, audience=Audience.AGENCY, period=str(period), problem="CannotProtect",
            facts_mark="x", computed_at=now, checked_at=now,
        )
    )  # fmt: skip
    session.commit()


@pytest.fixture
def by_sex(session: Session, period: Period) -> ProtectedTable:
    table = protected(
        "special.age_sex",
        period,
        (Axis("age_group", ("0-5", "6-12", "13-15")), Axis("sex", ("male", "female", "unknown"))),
        {("0-5", "male"): 20, ("0-5", TOTAL): 31, ("0-5", "female"): None, (TOTAL, TOTAL): 110},
    )
    keep(session, table)
    return table


@pytest.fixture
def by_commune(session: Session, period: Period) -> ProtectedTable:
    table = protected(
        "special.commune",
        period,
        (Axis("commune", (PHO_HIEN, TAN_HUNG, HONG_CHAU)),),
        {(PHO_HIEN,): 60, (TAN_HUNG,): None, (HONG_CHAU,): 30, (TOTAL,): 110},
    )
    keep(session, table)
    return table


def people(session: Session, period: Period, commune: str, count: int) -> None:
    entry = PopulationEntry(
        year=period.year, commune_code=commune, version=1, origin=PopulationOrigin.TYPED,
        source="Chi cục", source_on=date(period.year, 1, 1), at=clock.now(),
        counts=[PopulationCount(sex="male", age_group="0-5", count=count)],
    )  # fmt: skip
    session.add(entry)
    session.commit()


def cells(page: BeautifulSoup) -> dict[str, str]:
    return {
        str(cell["data-place"]): cell.get_text(strip=True) for cell in page.select("[data-place]")
    }


def test_a_table_shows_what_is_open_and_says_what_is_hidden(
    browser: Browser, analyst: User, by_sex: ProtectedTable
) -> None:
    page = browser.sign_in(analyst).get(SHOW, code="8a", table=by_sex.code)
    shown = cells(page)
    assert len(shown) == len(by_sex.cells)
    for place, cell in by_sex.cells.items():
        assert shown["|".join(place)] == ("ẩn" if cell.value is None else str(cell.value))
    assert "CHƯA công bố" in page.text and "PRIMARY" not in str(page)


def test_a_map_shades_what_is_open_and_hatches_what_is_hidden(
    browser: Browser, session: Session, analyst: User, by_commune: ProtectedTable, period: Period
) -> None:
    for commune in (PHO_HIEN, TAN_HUNG, HONG_CHAU):
        people(session, period, commune, 6000)
    page = browser.sign_in(analyst).get(SHOW, code="8a", table=by_commune.code)
    titles = {tile.rect.title.text: tile.rect["class"] for tile in page.select(".map-tile")}  # type: ignore[union-attr]
    assert len(titles) == 104
    said = next(words for words in titles if "Phố Hiến" in words)
    assert said == "Phường Phố Hiến: 60 trẻ em; trên 100 trẻ em: 1"
    assert titles[said] == ["map-2"]
    legend = [one.get_text(strip=True) for one in page.select(".map-legend li")]
    assert legend[:2] == ["0,5", "1"]
    hidden = next(words for words in titles if "Tân Hưng" in words)
    assert titles[hidden] == ["map-hidden"] and "bảo vệ trẻ em" in hidden
    assert not any(char.isdigit() for char in hidden)
    row = next(row for row in page.select("tbody tr") if "Phố Hiến" in row.text)
    assert [cell.get_text(strip=True) for cell in row.select("td")] == ["60", "1"]
    row = next(row for row in page.select("tbody tr") if "Tân Hưng" in row.text)
    assert [cell.get_text(strip=True) for cell in row.select("td")] == ["ẩn", "ẩn"]


def test_the_rate_of_all_stands_where_the_population_of_each_is_known(
    browser: Browser, session: Session, analyst: User, by_commune: ProtectedTable, period: Period
) -> None:
    browser.sign_in(analyst)
    first, *others = communes()
    for one in others:
        people(session, period, one.code, 1000)

    def of_all() -> list[str]:
        row = browser.get(SHOW, code="8a", table=by_commune.code).select("tr.fig-total td")
        return [cell.get_text(strip=True) for cell in row]

    total = by_commune[(TOTAL,)].value
    assert of_all() == [str(total), "chưa có dân số"]
    people(session, period, first.code, 1000)
    assert total is not None
    assert of_all() == [str(total), f"{total / 1040:.2f}".replace(".", ",").rstrip("0").rstrip(",")]


def test_without_population_the_rate_is_said_to_be_missing(
    browser: Browser, analyst: User, by_commune: ProtectedTable
) -> None:
    page = browser.sign_in(analyst).get(SHOW, code="8a", table=by_commune.code)
    row = next(row for row in page.select("tbody tr") if "Phố Hiến" in row.text)
    assert row.select("td")[1].text == "chưa có dân số"


def test_outlines_take_the_place_of_tiles(
    browser: Browser, session: Session, analyst: User, by_commune: ProtectedTable
) -> None:
    session.add(
        CommuneOutlines(
            source="Bản đồ thử", loaded_at=clock.now(), width=10, height=10,
            paths={PHO_HIEN: "M0 0l5 0 0 5z", TAN_HUNG: "M5 5l5 0 0 5z"},
        )
    )  # fmt: skip
    session.commit()
    page = browser.sign_in(analyst).get(SHOW, code="8a", table=by_commune.code)
    assert not page.select(".map-tile") and len(page.select(".map path")) == 104
    assert page.select_one(".map path[d='M0 0l5 0 0 5z']") is not None
    assert "Bản đồ thử" in page.text


def release(
    session: Session, period: Period, analyst: User, state: ReleaseState, *, children: int = 9000,
    more: Sequence[ProtectedTable] = (), agency: str | None = None,
    beside: Sequence[ProtectedTable] = (),
) -> Release:  # fmt: skip
    """With a table of 8a, those `beside` it, and `more`, of shares; `agency`: the rate that
    agencies are told."""
    made = Release(
        period=str(period), edition=1, asked_at=clock.now(), by_id=analyst.id, known_at=clock.now(),
        definitions_version=definitions(period.last_day).version,
    )  # fmt: skip
    session.add(made)
    session.flush()
    table = protected(
        "special.age_sex", period, (Axis("age_group", ("0-5",)), Axis("sex", ("male",))),
        {(TOTAL, TOTAL): 105, ("0-5", "male"): 105}, Audience.PUBLIC,
    )  # fmt: skip
    figure = ReleaseFigure(
        release_id=made.id, code="8a", audience=Audience.PUBLIC, part="8a", year=period.year,
        numerator=105, denominator=children, value=Decimal("1.1667"), is_hidden=False,
    )  # fmt: skip
    session.add_all([_kept_of(made, one) for one in more] + [figure])
    if agency:
        session.add(
            ReleaseFigure(
                release_id=made.id, code="8a", audience=Audience.AGENCY, part="8a",
                year=period.year, value=Decimal(agency), is_hidden=False,
            )
        )  # fmt: skip
    for one in (table, *more, *beside):
        content = one.to_json()
        session.add(
            ReleaseTable(
                release_id=made.id, code=one.code, audience=one.audience,
                certificate=content.pop("certificate"), content=content,
            )
        )  # fmt: skip
    session.flush()
    made.state, made.number, made.approved_at = state, "CB-2026-01", clock.now()
    made.withdrawn_at = clock.now() if state is ReleaseState.WITHDRAWN else None
    session.commit()
    return made


def _kept_of(made: Release, table: ProtectedTable) -> ReleaseFigure:
    return ReleaseFigure(
        release_id=made.id, code=table.code.partition(".")[0], audience=table.audience,
        year=int(made.period), numerator=table[TOTAL, COUNTED[table.axes[1].code]].value,
        denominator=table[TOTAL, TOTAL].value, value=Decimal(80), is_hidden=False,
    )  # fmt: skip


def test_what_is_released_and_what_is_current_stand_apart(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    release(session, period, analyst, ReleaseState.APPROVED)
    page = browser.sign_in(analyst).get(INDEX)
    sections = {one["aria-labelledby"]: one.text for one in page.select("main .card")}
    assert "dưới 1,5%" in sections["released-title"]
    assert "khoảng 1,14–1,19%" in sections["released-title"]
    assert "110" not in sections["released-title"]
    assert "110" in sections["current-title"] and "105" not in sections["current-title"]
    released = cells(browser.get(SHOW, code="8a", table=by_sex.code, source="released"))
    assert released["_T|_T"] == "105"
    current = cells(browser.get(SHOW, code="8a", table=by_sex.code, source="current"))
    assert current["_T|_T"] == "110"


def test_without_a_source_what_was_released_of_the_period_is_shown(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    asked = {"code": "8a", "period": str(period), "table": by_sex.code}
    assert cells(browser.sign_in(analyst).get(SHOW, **asked))["_T|_T"] == "110"
    release(session, period, analyst, ReleaseState.APPROVED)
    assert cells(browser.get(SHOW, **asked))["_T|_T"] == "105"
    page = browser.get(SHOW, code="8a", period=str(period))
    assert cells(page)["_T|_T"] == "105" and "Bản công bố CB-2026-01" in page.text


def test_where_nothing_is_known_of_a_period_others_are_offered(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    empty = browser.sign_in(analyst).get(SHOW, code="8a", period=f"{period.year - 1}-Q1")
    offered = [str(one["value"]) for one in empty.select("select[name=period] option")]
    assert str(period) in offered and f"{period.year - 1}-Q1" in offered
    assert not browser.get(SHOW, code="8a", period=str(period)).select("select[name=period]")


def test_a_corrected_population_leaves_a_release_as_it_was(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    for one in communes():
        people(session, period, one.code, 1000)
    table = protected(
        "special.commune", period, (Axis("commune", (PHO_HIEN, TAN_HUNG)),),
        {(PHO_HIEN,): 60, (TAN_HUNG,): None, (TOTAL,): 105}, Audience.PUBLIC,
    )  # fmt: skip
    release(session, period, analyst, ReleaseState.APPROVED, beside=[table])
    browser.sign_in(analyst)
    asked = {"code": "8a", "period": str(period), "table": table.code, "source": "released"}
    before, told = rows_of(browser.get(SHOW, **asked)), protected_figures(session, period)
    assert before["Phường Phố Hiến"][1] == "khoảng 5,8–6,2"
    correct(session, period, PHO_HIEN, 30)
    assert rows_of(browser.get(SHOW, **asked)) == before
    assert protected_figures(session, period) == told


def test_dhis2_is_offered_for_what_its_mapping_names(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    of_clocks = clocks(period, Audience.PUBLIC)
    made = release(session, period, analyst, ReleaseState.APPROVED, more=[of_clocks])
    browser.sign_in(analyst)
    place = {"release_id": made.id, "export_format": "dhis2"}
    for code, table, status in (
        ("8a", "special.age_sex", 200),
        ("assessed_12h", of_clocks.code, 404),
    ):
        page = browser.get(SHOW, code=code, table=table, period=str(period))
        assert ("DHIS2" in page.text) is (status == 200)
        browser.get("releases.export", table=table, expect=status, **place)


def correct(session: Session, period: Period, commune: str, count: int) -> None:
    """A further version of a commune's population, after everything else."""
    entry = session.scalars(
        select(PopulationEntry).where(PopulationEntry.commune_code == commune)
    ).one()
    entry.superseded_at = now = clock.now() + timedelta(seconds=1)
    session.flush()
    session.add(
        PopulationEntry(
            year=period.year, commune_code=commune, version=2, origin=PopulationOrigin.TYPED,
            source="Chi cục", source_on=date(period.year, 1, 1), at=now, reason="Sai",
            counts=[PopulationCount(sex="male", age_group="0-5", count=count)],
        )
    )  # fmt: skip
    session.commit()


@pytest.mark.parametrize("state", [ReleaseState.DRAFTED, ReleaseState.WITHDRAWN])
def test_only_what_stands_is_called_released(
    browser: Browser, session: Session, analyst: User, period: Period, state: ReleaseState
) -> None:
    found = release(session, period, analyst, state)
    page = browser.sign_in(analyst).get(INDEX)
    assert "1,19%" not in page.text
    released = page.select_one("[aria-labelledby=released-title]")
    assert released is not None
    if state is ReleaseState.WITHDRAWN:
        assert "CB-2026-01 đã rút ngày" in released.text
        assert str(found.id) in str(released.select_one("a[href*='/releases/']"))
    else:
        assert "chưa có bản công bố" in released.text
    shown = browser.get(SHOW, code="8a", table="special.age_sex", source="released")
    assert not cells(shown)


def test_a_table_that_could_not_be_protected_shows_nothing(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    refuse(session, "abuse.form_sex", period)
    page = browser.sign_in(analyst).get(SHOW, code="9", table="abuse.form_sex")
    assert "Không hiện được bảng này" in page.text and not cells(page)


def card_of(page: BeautifulSoup, section: str, code: str) -> str:
    found = page.select_one(f"[aria-labelledby={section}-title] a[href*='/figures/{code}?']")
    assert found is not None
    return (found if "fig-card" in found["class"] else found.find_parent("li") or found).text


def test_an_indicator_whose_first_table_was_refused_is_told_by_the_next(
    browser: Browser, session: Session, analyst: User, by_commune: ProtectedTable, period: Period
) -> None:
    refuse(session, "special.age_sex", period)
    assert "110" in card_of(browser.sign_in(analyst).get(INDEX), "current", "8a")


def test_an_indicator_without_a_figure_says_why(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    refuse(session, "planned_5d.commune_kept", period)
    page = browser.sign_in(analyst).get(INDEX)
    shown = {code: card_of(page, "current", code) for code in definitions(period.start).indicators}
    assert "chưa bảo vệ được số nhỏ" in shown.pop("planned_5d")
    assert shown["8a"].startswith("8a. Tỷ lệ") and "110" in shown.pop("8a")
    assert all("Chưa tính xong" in words for words in shown.values())


@pytest.mark.parametrize(
    ("code", "table", "axes", "counts"),
    [
        ("8a", "special.age_sex", ("age_group", "sex"), {(TOTAL, TOTAL): 20}),
        ("9", "abuse.age_sex", ("age_group", "sex"), {(TOTAL, TOTAL): 20}),
        ("8b", "supported.sex_given", ("sex", "given"), {(TOTAL, TOTAL): 20, (TOTAL, "given"): 20}),
    ],
)
@pytest.mark.parametrize(
    ("text", "is_over"), [("{year}-Q1", True), ("{year}", True), ("{running}", False)]
)
def test_what_adds_up_is_judged_when_a_whole_year_is_over(
    browser: Browser, session: Session, analyst: User, period: Period, code: str, table: str,
    axes: tuple[str, ...], counts: dict[Place, int], text: str, is_over: bool,
) -> None:  # fmt: skip
    of = Period.parse(text.format(year=period.year - 1, running=period.year))
    for one in communes():
        people(session, of, one.code, 100)
    if code == "8b":
        keep(session, of_axes("special.age_sex", of, ("age_group", "sex"), {(TOTAL, TOTAL): 20}))
    keep(session, of_axes(table, of, axes, counts))
    words = card_of(browser.sign_in(analyst).get(INDEX, period=str(of)), "current", code)
    if code == "8a" or (is_over and of.kind is PeriodKind.YEAR):
        assert "đạt mục tiêu" in words
    else:
        assert "đạt mục tiêu" not in words and "hết năm mới xét" in words


def of_axes(
    code: str, period: Period, axes: tuple[str, ...], values: Mapping[Place, int | None]
) -> ProtectedTable:
    rules = definitions(period.last_day)
    return protected(code, period, tuple(axis(one, "", rules) for one in axes), values)


def clocks(period: Period, audience: Audience) -> ProtectedTable:
    """In all communes 50 of which 40 were kept, and one with 20 of which nobody may know."""
    shown = {
        (TOTAL, TOTAL): 50, (TOTAL, "kept"): 40, (TOTAL, "missed"): 10,
        (PHO_HIEN, TOTAL): 50, (PHO_HIEN, "kept"): 40, (PHO_HIEN, "missed"): 10,
        (TAN_HUNG, TOTAL): 20, (TAN_HUNG, "kept"): None, (TAN_HUNG, "missed"): None,
    }  # fmt: skip
    axes = (Axis("case_commune", (PHO_HIEN, TAN_HUNG, HONG_CHAU)), Axis("kept", ("kept", "missed")))
    return protected("assessed_12h.commune_kept", period, axes, shown, audience)


def rows_of(page: BeautifulSoup) -> dict[str, list[str]]:
    return {
        row.select_one("th").get_text(strip=True): [  # type: ignore[union-attr]
            cell.get_text(strip=True) for cell in row.select("td")
        ]
        for row in page.select("main tbody tr")
    }


def test_a_rate_of_rounded_figures_is_told_as_what_it_may_be(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    """The public sees 40 of 50: that is 38 of 52 at least, 42 of 48 at most."""
    of_clocks = [clocks(period, audience) for audience in Audience]
    found = release(session, period, analyst, ReleaseState.APPROVED, more=of_clocks)
    browser.sign_in(analyst)
    overview = browser.get(INDEX)
    told = card_of(overview, "released", "assessed_12h")
    assert "khoảng 73–88%" in told and "khoảng 40 thời hạn trên khoảng 50" in told
    address = {"release_id": found.id}
    public = browser.get("releases.show", audience="public", **address)
    assert rows_of(public)["Đánh giá ban đầu trong 12 giờ"][:3] == [
        "khoảng 40", "khoảng 50", "khoảng 73–88%",
    ]  # fmt: skip
    agency = browser.get("releases.show", audience="agency", **address)
    assert rows_of(agency)["Đánh giá ban đầu trong 12 giờ"][:3] == ["40", "50", "80%"]
    page = browser.get(SHOW, code="assessed_12h", source="released")
    rows = rows_of(page)
    assert rows["Phường Phố Hiến"] == ["50", "40", "10", "khoảng 73–88%"] == rows["Toàn tỉnh"]
    assert rows["Phường Hồng Châu"][-1] == "–"
    assert rows["Xã Tân Hưng"][-1] == "ẩn"
    titles = [one.text for one in page.select(".map title")]
    assert "Phường Phố Hiến: 50 thời hạn; tỷ lệ đúng hạn: khoảng 73–88%" in titles
    assert page.select(".map-legend li")[0].get_text(strip=True) == "khoảng 80%"
    assert "80,00" not in str(page) and "80,00" not in str(overview)


def test_a_rounded_figure_near_the_target_is_not_judged(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    release(session, period, analyst, ReleaseState.APPROVED, children=7050)
    words = card_of(browser.sign_in(analyst).get(INDEX), "released", "8a")
    assert "khoảng 1,46–1,52%" in words
    assert "chưa kết luận được" in words and "đạt mục tiêu" not in words


def headline(page: BeautifulSoup) -> str:
    found = page.select_one("[aria-labelledby=headline-title]")
    return " ".join(found.text.split()) if found else ""


def test_a_page_begins_with_its_figure_and_leads_to_board_and_release(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    of_agency = [clocks(period, Audience.AGENCY)]
    found = release(session, period, analyst, ReleaseState.APPROVED, more=of_agency)
    for one in communes():
        people(session, period, one.code, 100)
    browser.sign_in(analyst)
    current = headline(browser.get(SHOW, code="8a", source="current"))
    for words in ("1,06%", "110 trẻ em trên 10.400", "dưới 1,5%", "đạt mục tiêu"):
        assert words in current
    page = browser.get(SHOW, code="8a", source="released")
    assert "khoảng 1,14–1,19%" in headline(page)
    links = [str(one["href"]) for one in page.select("[aria-labelledby=headline-title] a")]
    assert [one.partition("?")[0] for one in links] == [
        "/indicators/board/8a", f"/indicators/releases/{found.id}",
    ]  # fmt: skip
    for one in links:
        browser.open(one)


def test_a_page_tells_the_years_that_were_published_and_the_board_leads_to_each(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    made = release(session, period.previous(), analyst, ReleaseState.APPROVED, agency="1.1812")
    page = browser.sign_in(analyst).get(SHOW, code="8a")
    assert f"Các năm đã công bố: {period.year - 1}: khoảng 1,17%" in headline(page)
    board = browser.get("indicator_board.part", board_part="8a")
    (source,) = [one for one in board.select(".b24-years a") if "CB-2026-01" in one.text]
    assert str(made.id) in str(source["href"])
    browser.open(str(source["href"]))


def test_a_breakdown_that_is_too_fine_is_said_not_to_be_given_out(
    browser: Browser, analyst: User, by_sex: ProtectedTable
) -> None:
    page = browser.sign_in(analyst).get(SHOW, code="8a", table="special.commune_group_sex")
    assert "Cách chia này không đưa ra" in page.text and "Chọn kỳ khác" not in page.text
    assert not cells(page)


def test_a_page_opens_on_the_first_table_that_shows_something(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    refuse(session, "special.group_sex", period)
    assert cells(browser.sign_in(analyst).get(SHOW, code="8a"))["_T|_T"] == "110"


def test_bars_show_the_share_that_is_supported(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    counts = {
        ("male", TOTAL): 60,
        ("male", "given"): 30,
        ("female", TOTAL): 8,
        ("female", "given"): 8,
    }
    keep(session, of_axes("supported.sex_given", period, ("sex", "given"), counts))
    page = browser.sign_in(analyst).get(SHOW, code="8b", table="supported.sex_given")
    assert rows_of(page)["Nam"] == ["60", "30", "0", "50%"]
    assert [one.text for one in page.select(".fig-count")][:2] == ["50%", "100%"]
    assert [float(str(one["width"])) for one in page.select(".fig-bar")] == [210, 420]
    assert page.select_one(".fig-drawn").text == "Tỷ lệ được trợ giúp"  # type: ignore[union-attr]


def test_a_share_that_is_hidden_everywhere_has_no_count_in_its_place(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    counts = {(PHO_HIEN, TOTAL): 16, (PHO_HIEN, "kept"): None, (PHO_HIEN, "missed"): None}
    axes = ("case_commune", "kept")
    keep(session, of_axes("assessed_12h.commune_kept", period, axes, counts))
    page = browser.sign_in(analyst).get(SHOW, code="assessed_12h")
    assert not page.select(".map-tile [class='map-1']")
    hidden = page.select(".map-tile .map-hidden title")
    assert [one.text.partition(":")[0] for one in hidden] == ["Phường Phố Hiến"]
    legend = [one.get_text(strip=True) for one in page.select(".map-legend li")]
    assert legend == ["ẩn để bảo vệ trẻ em", "không có số"]


def test_counts_on_a_map_are_whole_and_named(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    numbers = dict(zip([one.code for one in communes()], [5, 5, 7, 9, 10, 12, 30], strict=False))
    shown: dict[Place, int | None] = {(one.code,): numbers.get(one.code) for one in communes()}
    keep(session, of_axes("cases.commune", period, ("case_commune",), shown))
    page = browser.sign_in(analyst).get(SHOW, code="received")
    assert page.select_one(".fig-drawn").text == "Số hồ sơ"  # type: ignore[union-attr]
    legend = [one.get_text(strip=True) for one in page.select(".map-legend li")]
    assert legend[:5] == ["5", "7", "9 đến 10", "12", "30"]


def test_bars_of_rounded_figures_say_what_the_share_may_be(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    counts = {("male", TOTAL): 50, ("male", "given"): 40, ("male", "not_given"): 10}
    axes = (Axis("sex", ("male", "female")), Axis("given", ("given", "not_given")))
    table = protected("supported.sex_given", period, axes, counts, Audience.PUBLIC)
    release(session, period, analyst, ReleaseState.APPROVED, more=[table])
    browser.sign_in(analyst)
    page = browser.get(SHOW, code="8b", table=table.code, source="released")
    assert [one.text for one in page.select(".fig-count")] == ["khoảng 73–88%", "–"]
    assert rows_of(page)["Nam"] == ["50", "40", "10", "khoảng 73–88%"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("0.0064", "0.007", "khoảng 0,0064–0,0070%"),
        ("5.8", "6.2", "khoảng 5,8–6,2%"),
        ("2", "3", "khoảng 2–3%"),
        ("0", "0.6", "khoảng 0–0,6%"),
    ],
)
def test_both_ends_of_a_span_have_as_many_decimals(
    app: Flask, low: str, high: str, words: str
) -> None:
    with app.test_request_context():
        assert span_words(Decimal(low), Decimal(high)) == words


def test_a_page_without_a_period_opens_the_newest_that_has_figures(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    release(session, period.previous(), analyst, ReleaseState.APPROVED)
    browser.sign_in(analyst)
    for page in (browser.get(INDEX), browser.get(SHOW, code="8a")):
        assert str(period.previous().label) in page.select_one("main .head").get_text()  # type: ignore[union-attr]
    assert "Chưa có số của kỳ này" not in page.get_text()


@given(st.integers(8, 10**5), st.integers(8, 10**5), st.sampled_from([5, 7, 9]))
def test_the_true_rate_lies_in_what_is_told(a: int, b: int, round_to: int) -> None:
    part, whole = sorted((a, b))
    shown = [Cell((n + round_to // 2) // round_to * round_to) for n in (part, whole)]
    words = rate_words(rate(*shown, round_to=round_to, digits=DIGITS))
    low, high = (
        Decimal(end.replace(".", "").replace(",", "."))
        for end in words.removeprefix("khoảng ").removesuffix("%").split("–")
    )
    assert low <= Decimal(100 * part) / whole <= high
    ends = words.removeprefix("khoảng ").removesuffix("%").split("–")
    assert len({len(end.partition(",")[2]) for end in ends if end != "0"}) == 1
    assert low < 10 or "," not in words


@pytest.mark.parametrize(
    ("value", "words"),
    [("67.7419", "67,74%"), ("80.0000", "80%"), ("0.0050", "0,005%"), ("1.5", "1,5%"), ("0", "0%")],
)
def test_percentages_are_written_in_one_way(value: str, words: str) -> None:
    assert percent_words(Decimal(value)) == words


def test_the_overview_opens_on_the_newest_period_that_has_figures(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    browser.sign_in(analyst)
    before, refused = period.previous(), Period.of(PeriodKind.QUARTER, period.year)

    def opened() -> str:
        return str(browser.get(INDEX).select_one("option[selected]")["value"])  # type: ignore[index]

    assert opened() == str(period)
    refuse(session, "special.age_sex", refused)
    release(session, before, analyst, ReleaseState.APPROVED)
    assert opened() == str(before)
    running = Period.containing(PeriodKind.HALF, clock.today())
    keep(session, of_axes("special.commune", running, ("commune",), {(TOTAL,): 30}))
    assert opened() == str(running)


@pytest.mark.parametrize(
    "query",
    [
        {"period": "2026-13"}, {"period": "x" * 500}, {"table": "nothing"}, {"source": "secret"},
        {"table": "abuse.form_sex"}, {"at": "'; --"}, {"period": "1800"}, {"period": "\0"},
    ],
)  # fmt: skip
def test_whatever_is_asked_something_sensible_is_shown(
    browser: Browser, analyst: User, by_sex: ProtectedTable, query: dict[str, object]
) -> None:
    browser.sign_in(analyst)
    assert browser.get(SHOW, code="8a", **query).h1 is not None
    assert browser.get(INDEX, **query).h1 is not None


def test_an_unknown_indicator_is_not_found(browser: Browser, analyst: User) -> None:
    browser.sign_in(analyst).get(SHOW, code="8z", expect=404)


def test_current_tables_and_their_periods_stand_in_order(
    browser: Browser, session: Session, analyst: User, period: Period
) -> None:
    year = period.year
    texts = [f"{year - 1}-12", f"{year}-Q1", str(year - 1), f"{year}-H1", f"{year}-01", str(year)]
    for text in texts:
        keep(session, of_axes("abuse.commune", Period.parse(text), ("commune",), {}))
    keep(session, of_axes("special.commune", period, ("commune",), {}))
    page = browser.sign_in(analyst).get("current_figures.period", current_period=str(period))
    assert [str(one["href"]).rpartition("/")[2] for one in page.select(".rel-tabs a")] == [
        str(year), str(year - 1), f"{year}-H1", f"{year}-Q1", f"{year}-01", f"{year - 1}-12",
    ]  # fmt: skip
    tables = [str(one["href"]).rpartition("/")[2] for one in page.select(".refs a")]
    assert tables == ["special.commune", "abuse.commune"]


def test_counts_are_named_in_english_too(
    browser: Browser, session: Session, analyst: User, by_sex: ProtectedTable, period: Period
) -> None:
    keep(session, of_axes("cases.channel", period, ("channel",), {(TOTAL,): 75}))
    browser.sign_in(analyst)
    with browser.client.session_transaction() as kept:
        kept["locale"] = "en"
    page = browser.get(INDEX)
    assert "110 children" in card_of(page, "current", "8a")
    assert "75 cases" in card_of(page, "current", "received")
    assert page.select_one(".period-form button").text == "View"  # type: ignore[union-attr]


def test_each_indicator_has_its_page_even_without_figures(
    browser: Browser, analyst: User, period: Period
) -> None:
    browser.sign_in(analyst)
    for code, indicator in definitions(period.last_day).indicators.items():
        page = browser.get(SHOW, code=code)
        assert page.h1 is not None and page.h1.text.endswith(str(indicator.title))
        assert not indicator.part or page.h1.text.startswith(f"{indicator.part}. ")
        assert "Chưa có số của kỳ này" in page.text and indicator.citation in page.text


def test_the_home_page_of_an_analyst_leads_to_the_figures(browser: Browser, analyst: User) -> None:
    page = browser.sign_in(analyst).get("home.index")
    links = [str(one["href"]) for one in page.select("main .refs a")]
    assert "/indicators/" in links and len(links) == 4
    for one in links:
        browser.open(one)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.SUPERVISOR, 200), (Role.ANALYST, 200), (Role.AGENCY_OFFICER, 403), (Role.INTAKE, 403)],
)
def test_who_may_read_them(browser: Browser, session: Session, role: Role, status: int) -> None:
    browser.sign_in(UserFactory(role=role)).get(INDEX, expect=status)


def test_a_page_costs_the_same_however_much_there_is(
    app: Flask, browser: Browser, session: Session, analyst: User, by_commune: ProtectedTable,
    period: Period,
) -> None:  # fmt: skip
    browser.sign_in(analyst)
    for path in (f"/indicators/?period={period}", "/indicators/figures/8a?table=special.commune"):
        browser.open(path)
        with counted(browser.engine) as seen:
            browser.open(path)
        assert len(seen) <= 9, "\n".join(seen)


@given(st.lists(st.integers(0, 10**6) | st.none(), max_size=20))
def test_bars_are_no_longer_than_their_picture_and_hidden_ones_have_no_length(
    values: list[int | None],
) -> None:
    bars = [
        Bar(f"<{n}>", value if value is None else Decimal(value), "x")
        for n, value in enumerate(values)
    ]
    drawn = BeautifulSoup(figure_bars("<x>", bars), "html.parser").select(".fig-bar")
    assert len(drawn) == sum(bool(value) for value in values)
    assert all(0 <= float(str(bar["width"])) <= 420 for bar in drawn)


def test_what_is_not_counted_yet_is_told_from_what_never_is(
    session: Session, browser: Browser
) -> None:
    browser.sign_in(UserFactory(role=Role.ANALYST, unit=UnitFactory(doh=True)))
    year = clock.today().year
    for period, words in ((f"{year - 1}", "Đang tính"), (f"{year - 3}", "Không có số hiện tại")):
        assert words in browser.get("indicators.index", period=period).text


@pytest.mark.parametrize(("high", "words"), [("0", "0%"), ("6", "khoảng 0–6%")])
def test_a_class_of_nothing_is_not_about_nothing(app: Flask, high: str, words: str) -> None:
    rates = Rates("x", "%", is_rounded=True)
    with app.test_request_context():
        assert class_words(Decimal(0), Decimal(high), rates) == words


def test_periods_that_are_offered() -> None:
    today = date(2026, 11, 26)
    found = period_choices(["2026-Q3", "2026-H1"], Period.parse("2024-05"), today)
    assert [text for text, _words, _on in found] == [
        "2026", "2026-Q3", "2026-H1", "2024-05",
    ]  # fmt: skip
    assert [text for text, _words, is_on in found if is_on] == ["2024-05"]
    assert str(period_of(None, today)) == "2026" == str(period_of("nonsense", today))
    assert str(period_of(None, today, ["2025", "2025-Q4", "2024"])) == "2025"
    assert period_of("2025-H2", today) == Period.of(PeriodKind.HALF, 2025, 2)
    assert timedelta(0) < Period.parse("2026").end - today
