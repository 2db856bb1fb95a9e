"""The list and the stock on any day: each number opens its list, each child counts once."""

from datetime import date, timedelta
from itertools import product
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.auth.models import Role
from app.auth.permissions import Section
from app.core import clock
from app.register.groups import AT_RISK
from app.register.pages.filters import query_of, read_filter
from app.register.pages.stock import bar
from app.register.queries.filters import RegisterFilter
from app.register.queries.listing import list_children
from app.register.queries.stock import stock_on
from tests.actors import actor_of
from tests.browser import Browser
from tests.factories import UserFactory
from tests.register.people import Place, another_case, in_group, make_place, today
from tests.sql import counted

ALL = frozenset(Section)


@pytest.fixture
def place(session: Session) -> Place:
    return make_place()


def listed(session: Session, place: Place, **wanted: object) -> list[str]:
    """The groups of each child of the list."""
    rows, _more = list_children(session, actor_of(place.worker), wanted=today(**wanted), limit=100)
    return [
        " ".join(sorted(one.sub_code or one.group_code for one in row.memberships)) for row in rows
    ]


def test_a_child_is_one_line_with_all_its_groups(session: Session, place: Place) -> None:
    for code in ("ORPHAN.1", "DISABILITY.2", AT_RISK):
        in_group(session, place.case, place.worker, code)
    assert listed(session, place) == ["AT_RISK DISABILITY.2 ORPHAN.1"]
    assert listed(session, place, group="ORPHAN") == ["AT_RISK DISABILITY.2 ORPHAN.1"]
    assert listed(session, place, group="HIV") == []


def test_the_filters_narrow(session: Session, place: Place) -> None:
    year, unit = clock.today().year, place.unit
    young = another_case(unit, birth_year=year - 3)
    old = another_case(unit, birth_year=year - 15)
    grown = another_case(unit, birth_year=year - 17)
    unknown = another_case(unit, birth_year=None)
    in_group(session, young, place.worker, "ORPHAN.1", poverty="poor")
    in_group(session, old, place.worker, "ORPHAN.2", poverty="near_poor")
    in_group(session, grown, place.worker, "DISABILITY", poverty="poor")
    in_group(session, unknown, place.worker, AT_RISK)
    assert sorted(listed(session, place)) == ["ORPHAN.1", "ORPHAN.2"]
    assert listed(session, place, group="ORPHAN", sub="ORPHAN.2") == ["ORPHAN.2"]
    assert listed(session, place, poverty="poor") == ["ORPHAN.1"]
    assert listed(session, place, group=AT_RISK) == ["AT_RISK"]
    assert listed(session, place, group=AT_RISK, age="none") == ["AT_RISK"]
    assert listed(session, place, age="0-5") == ["ORPHAN.1"]
    assert listed(session, place, age="6-10") == []
    assert listed(session, place, age="11-15") == ["ORPHAN.2"]
    assert listed(session, place, age="16") == ["DISABILITY"]
    assert listed(session, place, group="DISABILITY", no_sub=True, age="16") == ["DISABILITY"]


def test_a_child_who_turned_sixteen_this_year_is_pointed_out(
    browser: Browser, session: Session, place: Place
) -> None:
    """The list goes by the year of birth, which stands in clear; the day is known to the reader."""
    born = date(clock.today().year - 16, 1, 1)
    grown = another_case(place.unit, dob=born.isoformat(), birth_year=born.year)
    in_group(session, grown, place.worker, "ORPHAN.1")
    in_group(session, place.case, place.worker, "ORPHAN.1")
    lines = browser.sign_in(place.worker).get("register.index").select("tbody tr")
    assert sorted("Đã đủ 16 tuổi" in line.text for line in lines) == [False, True]


def test_what_is_due_for_review_includes_the_risk(session: Session, place: Place) -> None:
    in_group(session, place.case, place.worker, AT_RISK)
    assert listed(session, place) == []
    assert listed(session, place, is_due=True) == ["AT_RISK"]


def test_the_list_of_any_day(session: Session, place: Place) -> None:
    first, after = date(2025, 3, 1), date(2025, 9, 1)
    in_group(session, place.case, place.worker, "ORPHAN.1", since=first, until=after)
    days = {first - timedelta(1): 0, first: 1, after - timedelta(1): 1, after: 0}
    for day, count in days.items():
        assert len(listed(session, place, on=day)) == count, day


def test_the_list_is_that_of_the_unit(browser: Browser, session: Session, place: Place) -> None:
    other = make_place("11977")
    in_group(session, place.case, place.worker, "ORPHAN.1")
    in_group(session, other.case, other.worker, "ORPHAN.2")
    for reader, codes in (
        (place.worker, {"ORPHAN.1"}),
        (place.chair, {"ORPHAN.1"}),
        (other.worker, {"ORPHAN.2"}),
        (place.supervisor, {"ORPHAN.1", "ORPHAN.2"}),
        (UserFactory(role=Role.SUPERVISOR, unit=other.unit), {"ORPHAN.2"}),
    ):
        rows, _more = list_children(session, actor_of(reader), wanted=today())
        assert {row.memberships[0].sub_code for row in rows} == codes
        assert stock_on(session, actor_of(reader), today()).total == len(codes)
    of_area = list_children(session, actor_of(place.supervisor), wanted=today(commune="11977"))
    assert [row.memberships[0].sub_code for row in of_area[0]] == ["ORPHAN.2"]


def test_the_pages_follow_one_another(browser: Browser, session: Session, place: Place) -> None:
    for _ in range(7):
        in_group(session, another_case(place.unit), place.worker, "ORPHAN.1")
    seen: list[str] = []
    page = browser.sign_in(place.worker).open("/register/?limit=3&poverty=unknown")
    while True:
        seen += [str(link["href"]) for link in page.select("tbody th a")]
        following = page.select_one(".pager [rel=next]")
        if following is None:
            break
        assert "poverty=unknown" in str(following["href"])
        page = browser.open(str(following["href"]))
    assert len(seen) == len(set(seen)) == 7
    assert page.select_one(".pager [rel=prev]") is not None


def test_the_page_shows_name_age_and_what_is_missing(
    browser: Browser, session: Session, place: Place
) -> None:
    in_group(session, place.case, place.worker, "DISABILITY.1", poverty="poor")
    page = browser.sign_in(place.worker).get("register.index")
    line = page.select_one("tbody tr")
    assert line is not None
    for words in (
        "Nguyễn Minh Anh",
        place.case.number,
        "Hộ nghèo",
        "Chưa có căn cứ",
        "chưa rà soát",
    ):
        assert words in line.text
    assert str(line.select_one("a")["href"]) == f"/cases/{place.case.id}/circumstances"  # type: ignore[index]


def test_the_entry_of_the_menu(browser: Browser, place: Place) -> None:
    for user in (place.worker, place.chair, place.supervisor):
        nav = browser.sign_in(user).get("home.index").select_one(".bar-nav")
        assert nav is not None and "Hoàn cảnh đặc biệt" in nav.text
    nav = browser.sign_in(UserFactory(role=Role.INTAKE, unit=place.unit)).get("home.index").nav
    assert nav is None or "Hoàn cảnh đặc biệt" not in nav.text


CODES = ("ORPHAN.1", "ORPHAN.2", "ORPHAN", "DISABILITY.3", "HIV", AT_RISK)


def scatter(session: Session, place: Place) -> None:
    """Children in any of the groups, some ended, of all ages and households."""
    rng, year = Random("register"), clock.today().year
    for _ in range(12):
        case = another_case(place.unit, birth_year=rng.choice((None, *range(year - 18, year))))
        for code in rng.sample(CODES, rng.randint(0, 3)):
            since = date(2024, rng.randint(1, 12), 1)
            in_group(
                session, case, place.worker, code, since=since,
                until=rng.choice((None, since + timedelta(days=rng.randint(0, 500)))),
                poverty=rng.choice(("poor", "near_poor", "none", "unknown")),
            )  # fmt: skip


def test_every_number_of_the_stock_is_the_length_of_its_list(
    browser: Browser, session: Session, place: Place
) -> None:
    scatter(session, place)
    days, ages = (date(2024, 6, 1), date(2025, 1, 1), clock.today()), ("", "11-15", "16")
    for reader, on, age in product((place.worker, place.supervisor), days, ages):
        browser.sign_in(reader)
        page = browser.open(f"/register/stock?on={on.isoformat()}&age={age}")
        links = [*page.select("a.tile"), *page.select("td.number a")]
        for link in links:
            count = int((link.select_one(".tile-value") or link).text)
            query = dict(parse_qsl(urlsplit(str(link["href"])).query))
            wanted = read_filter(query, ALL, clock.today())
            rows, more = list_children(session, actor_of(reader), wanted=wanted, limit=100)
            assert (len(rows), more) == (count, False), f"{link['href']}: {count}"


def test_a_child_counts_once_in_each_group_and_once_in_all(session: Session, place: Place) -> None:
    for code in ("EXPLOITED.1", "EXPLOITED.5", "ORPHAN.1", AT_RISK):
        in_group(session, place.case, place.worker, code)
    stock = stock_on(session, actor_of(place.worker), today())
    assert (stock.total, stock.at_risk) == (1, 1)
    assert stock.groups == {"EXPLOITED": 1, "ORPHAN": 1}
    assert stock.subs == {"EXPLOITED.1": 1, "EXPLOITED.5": 1, "ORPHAN.1": 1}
    assert stock.without_sub == {}


def test_every_group_has_its_row_and_its_bar(
    browser: Browser, session: Session, place: Place
) -> None:
    in_group(session, place.case, place.worker, "ORPHAN")
    page = browser.sign_in(place.worker).get("register.stock")
    rows = page.select(".stock tbody tr:not(.part)")
    assert len(rows) == 14 and all(row.select_one("svg rect") for row in rows)
    assert "Chưa ghi nhóm nhỏ" in page.text
    assert 'width="100"' in str(bar(3, 3)) and 'width="0"' in str(bar(0, 0))


@given(
    code=st.sampled_from(("", *CODES)), poverty=st.sampled_from(("", "poor", "unknown")),
    age=st.sampled_from(("", "0-5", "16", "none")), due=st.booleans(), bare=st.booleans(),
    ago=st.integers(0, 3000),
)  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_address_says_the_filter_back(
    code: str, poverty: str, age: str, due: bool, bare: bool, ago: int
) -> None:
    now = date(2026, 11, 23)
    group, dot, _part = code.partition(".")
    wanted = RegisterFilter(
        on=now - timedelta(days=ago), group=group, sub=code if dot else "",
        no_sub=bare and bool(code), poverty=poverty, age=age, is_due=due,
    )  # fmt: skip
    assert read_filter(query_of(wanted, now), ALL, now) == wanted


@pytest.mark.parametrize("text", ["2999-01-01", "abc", "31/02/2026", "", "0001-01-01"])
def test_a_day_that_is_none_or_has_not_come_is_today(text: str) -> None:
    assert read_filter({"on": text}, ALL, date(2026, 11, 23)).on == date(2026, 11, 23)


def test_the_lists_are_few_statements(browser: Browser, session: Session, place: Place) -> None:
    for _ in range(5):
        in_group(session, another_case(place.unit), place.worker, "ORPHAN.1")
    browser.sign_in(place.worker)
    for endpoint, most in (("register.index", 5), ("register.stock", 4)):
        browser.get(endpoint)
        with counted(browser.engine) as seen:
            browser.get(endpoint)
        assert len(seen) <= most, "\n".join(seen)
