"""The legal clocks as data."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.enums import EventKind
from app.core.clock import LOCAL
from app.deadlines.calendar import DATA, is_working_day
from app.deadlines.rules import (
    Clock,
    alarm_times,
    clock_rule,
    clock_rules,
    due_at,
    install,
    load,
)
from app.reference.datafiles import ReferenceDataError

TODAY = date(2026, 11, 23)
RULES = clock_rules(TODAY)
ZONES = st.sampled_from([UTC, LOCAL])
MOMENTS = st.builds(
    datetime.combine, st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.times(), ZONES
)
OVERRIDES = st.dictionaries(st.dates(date(2020, 1, 1), date(2036, 6, 1)), st.booleans(), max_size=9)
KEYS = st.sampled_from(sorted(RULES))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def write_rules(folder: Path, version: int, since: str, *changes: tuple[str, str]) -> Path:
    text = (DATA / "clocks.v1.toml").read_text(encoding="utf-8")
    changes += (("version = 1\n", f"version = {version}\n"),)
    changes += (("effective_from = 2017-07-01", f"effective_from = {since}"),)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"clocks.v{version}.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_clocks_are_those_of_the_decree() -> None:
    lengths = {key: (rule.clock.value, rule.amount, rule.unit) for key, rule in RULES.items()}
    assert lengths == {
        "T_ROUTE": ("wall", 60, "minutes"),
        "T_EMERG": ("wall", 12, "hours"),
        "T_PLAN": ("working", 5, "days"),
        "T_APPROVE": ("working", 7, "days"),
        "T_SEP_MAX": ("calendar", 15, "days"),
        "T_HANDOVER": ("working", 15, "days"),
        "T_GLASS": ("working", 2, "days"),  # ours: the decree knows no emergency opening
    }


def test_the_12_hours_the_routing_and_the_15_days_are_not_extended_on_request() -> None:
    fixed = {key for key, rule in RULES.items() if not rule.is_extendable}
    assert fixed == {"T_ROUTE", "T_EMERG", "T_SEP_MAX", "T_GLASS"}
    assert {key for key, rule in RULES.items() if not rule.is_legal} == {"T_ROUTE", "T_GLASS"}


def test_the_first_two_clocks_name_events_of_the_timeline() -> None:
    kinds = {str(kind) for kind in EventKind}
    for key in ("T_ROUTE", "T_EMERG"):
        assert {RULES[key].start, *RULES[key].met_by} <= kinds


@pytest.mark.parametrize(
    ("key", "start", "due", "alarms"),
    [
        ("T_ROUTE", "2026-11-21 23:30", "2026-11-22 00:30", ["2026-11-22 00:00"]),
        (
            "T_EMERG",
            "2026-11-21 20:00",
            "2026-11-22 08:00",
            ["2026-11-22 02:00", "2026-11-22 05:00", "2026-11-22 06:48"],
        ),
        (
            "T_PLAN",
            "2026-11-16 09:00",
            "2026-11-23 17:00",
            ["2026-11-19 07:30", "2026-11-23 07:30"],
        ),
        (
            "T_SEP_MAX",
            "2026-11-16 09:00",
            "2026-12-01 09:00",
            ["2026-11-28 09:00", "2026-11-30 09:00"],
        ),
    ],
)
def test_due_and_alarms(key: str, start: str, due: str, alarms: list[str]) -> None:
    assert due_at(RULES[key], at(start), {}) == at(due)
    assert alarm_times(RULES[key], at(start), {}) == tuple(at(alarm) for alarm in alarms)


def test_moments_are_given_in_utc() -> None:
    for rule in RULES.values():
        start = at("2026-11-16 09:00")
        moments = [due_at(rule, start, {}), *alarm_times(rule, start, {})]
        assert {moment.tzinfo for moment in moments} == {UTC}


@given(KEYS, MOMENTS, OVERRIDES)
def test_alarms_ring_after_the_start_and_before_the_end(
    key: str, start: datetime, overrides: dict[date, bool]
) -> None:
    due = due_at(RULES[key], start, overrides)
    alarms = alarm_times(RULES[key], start, overrides)
    assert start < due
    assert list(alarms) == sorted(set(alarms))
    assert all(start < alarm < due for alarm in alarms)


@given(KEYS, MOMENTS, OVERRIDES)
def test_a_working_clock_never_ends_on_a_day_off(
    key: str, start: datetime, overrides: dict[date, bool]
) -> None:
    rule = RULES[key]
    due = due_at(rule, start, overrides).astimezone(LOCAL)
    if rule.clock is Clock.WORKING:
        assert is_working_day(due.date(), overrides)
        assert due.time().isoformat() == "17:00:00"


@given(KEYS, MOMENTS, st.integers(0, 10**7), OVERRIDES)
def test_a_later_start_never_ends_earlier(
    key: str, start: datetime, seconds: int, overrides: dict[date, bool]
) -> None:
    later = start + timedelta(seconds=seconds)
    assert due_at(RULES[key], start, overrides) <= due_at(RULES[key], later, overrides)


def test_a_moment_without_its_zone_is_refused() -> None:
    for rule in RULES.values():
        with pytest.raises(ValueError, match="time zone"):
            due_at(rule, datetime.fromisoformat("2026-11-16 09:00"), {})


def test_a_changed_law_changes_new_deadlines_only(tmp_path: Path) -> None:
    write_rules(tmp_path, 2, "2027-01-01", ("amount = 12\n", "amount = 8\n"))
    files = load(DATA, tmp_path)
    assert files.in_force(date(2026, 12, 31)).clocks == RULES
    new = files.in_force(date(2027, 1, 1)).clocks["T_EMERG"]
    assert (new.version, new.amount) == (2, 8)
    assert files.numbered(1).clocks["T_EMERG"] == clock_rule("T_EMERG", 1)


def test_a_deadline_finds_the_rule_it_was_made_with(tmp_path: Path) -> None:
    write_rules(tmp_path, 101, "2018-01-01", ("amount = 12\n", "amount = 8\n"))
    try:
        install(tmp_path)
        assert clock_rules(TODAY)["T_EMERG"].amount == 8
        assert clock_rule("T_EMERG", 1).amount == 12
    finally:
        install()
    with pytest.raises(ReferenceDataError, match="clocks: there is no version 101"):
        clock_rule("T_EMERG", 101)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("amount = 12\n", "amount = 0\n"), "clocks.T_EMERG.amount: Input should be greater"),
        (('"working"\namount = 5\nunit = "days"', '"working"\namount = 5\nunit = "hours"'),
         "clocks.T_PLAN: .*a working clock counts days"),
        (("alarms = [0.5]", "alarms = [1.5]"), "clocks.T_ROUTE: .*parts of the term"),
        (("[0.5, 0.75, 0.9]", "[0.75, 0.5]"), "clocks.T_EMERG: .*alarms must rise"),
        (("is_legal = false\n", ""), "clocks.T_ROUTE.is_legal: Field required"),
        (("[clocks.T_ROUTE]", "[clocks.route]"), "clocks.route.key: String should match"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    write_rules(tmp_path, 101, "2030-01-01", change)
    with pytest.raises(ReferenceDataError, match=rf"clocks.v101.toml: {message}"):
        load(DATA, tmp_path)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"clocks.v1.toml: no such data file"):
        load(tmp_path)
