"""How a part of the plan stands: each direction, the way, and what must hold for any values."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.indicators.board_rules import (
    Direction,
    Goal,
    Light,
    Way,
    expected_at,
    is_met,
    judge,
    most_next_year,
    path,
)
from app.indicators.plan24 import plan

D = Decimal
ORDER = [Light.MET, Light.ON_PATH, Light.BEHIND]
amounts = st.decimals(min_value=0, max_value=100, places=2)
years = st.integers(min_value=2021, max_value=2029)
directions = st.sampled_from(Direction)


def goal(direction: Direction, target: str = "50", **more: bool) -> Goal:
    return Goal(direction, D(target), 2030, **more)


@pytest.mark.parametrize(
    ("direction", "below", "at", "above"),
    [
        (Direction.AT_LEAST, False, True, True),
        (Direction.ABOVE, False, False, True),
        (Direction.AT_MOST, True, True, False),
        (Direction.BELOW, True, False, False),
        (Direction.KEEP, False, True, True),
    ],
)
def test_each_direction_at_its_target(
    direction: Direction, below: bool, at: bool, above: bool
) -> None:
    found = [is_met(goal(direction), D(v)) for v in ("49.99", "50", "50.01")]
    assert found == [below, at, above]


@given(directions, amounts, amounts, amounts, years)
def test_a_better_value_never_stands_worse(
    direction: Direction, start: Decimal, one: Decimal, other: Decimal, year: int
) -> None:
    way = Way(baseline=(2020, start))
    aim = goal(direction)
    worse, better = sorted((one, other), reverse=not aim.is_rising)
    lights = [judge(aim, {year: value}, way).light for value in (worse, better)]
    assert ORDER.index(lights[1]) <= ORDER.index(lights[0])


@given(directions, amounts, amounts, years)
def test_whoever_gains_the_step_each_year_arrives(
    direction: Direction, start: Decimal, value: Decimal, year: int
) -> None:
    aim = goal(direction)
    standing = judge(aim, {year: value}, Way(baseline=(2020, start)))
    if standing.step is not None:
        assert abs(value + standing.step * (2030 - year) - aim.target) < D("1e-9")
    else:
        assert standing.light is Light.MET


@given(directions, st.dictionaries(years, amounts, min_size=1))
def test_the_newest_year_is_judged_and_only_met_where_it_is_met(
    direction: Direction, values: dict[int, Decimal]
) -> None:
    aim = goal(direction)
    standing = judge(aim, values, Way())
    assert standing.year == max(values) and standing.value == values[max(values)]
    assert (standing.light is Light.MET) == is_met(aim, values[max(values)])


def test_on_the_line_is_on_the_path_and_a_hair_less_is_behind() -> None:
    way = Way(baseline=(2024, D(20)))
    aim = goal(Direction.AT_LEAST)
    assert judge(aim, {2026: D(30)}, way).light is Light.ON_PATH
    assert judge(aim, {2026: D("29.99")}, way).light is Light.BEHIND


def test_a_falling_goal_is_on_the_path_below_the_line() -> None:
    way = Way(baseline=(2024, D(80)))
    aim = goal(Direction.BELOW)
    assert judge(aim, {2026: D(70)}, way).light is Light.ON_PATH
    assert judge(aim, {2026: D("70.01")}, way).light is Light.BEHIND


def test_milestones_bend_the_way() -> None:
    way = Way((2024, D(20)), {2026: D(22), 2028: D(40)})
    corners = path(goal(Direction.AT_LEAST), (2024, D(20)), way)
    assert corners == [(2024, D(20)), (2026, D(22)), (2028, D(40)), (2030, D(50))]
    found = [expected_at(corners, year) for year in (2023, 2025, 2026, 2027, 2030, 2031)]
    assert found == [None, D(21), D(22), D(31), D(50), D(50)]


def test_without_a_baseline_the_first_value_begins_the_way_and_cannot_judge_itself() -> None:
    aim = goal(Direction.AT_LEAST)
    assert judge(aim, {2025: D(40)}, Way()).light is Light.NO_START
    assert judge(aim, {2025: D(40), 2026: D(42)}, Way()).light is Light.ON_PATH
    assert judge(aim, {2025: D(40), 2026: D(41)}, Way()).light is Light.BEHIND


def test_a_milestone_judges_the_first_value() -> None:
    way = Way(milestones={2026: D(30)})
    assert judge(goal(Direction.AT_LEAST), {2026: D(29)}, way).light is Light.BEHIND
    assert judge(goal(Direction.AT_LEAST), {2027: D(36)}, way).light is Light.ON_PATH


def test_in_the_year_of_the_target_there_is_no_path_any_more() -> None:
    standing = judge(goal(Direction.BELOW), {2030: D(50)}, Way((2024, D(80))))
    assert (standing.light, standing.step) == (Light.BEHIND, None)


def test_nothing_known_is_said() -> None:
    assert judge(goal(Direction.KEEP), {}, Way((2024, D(80)))).light is Light.MISSING


class TestYearly:
    """Part 13: a fall of 4 percent against the year before, each year."""

    aim = goal(Direction.AT_LEAST, "4", is_yearly=True)

    @pytest.mark.parametrize(
        ("before", "now", "light"),
        [
            ("100", "96", Light.MET),
            ("100", "97", Light.BEHIND),
            ("100", "120", Light.BEHIND),
            ("0", "0", Light.MET),
            ("0", "1", Light.BEHIND),
        ],
    )
    def test_against_the_year_before(self, before: str, now: str, light: Light) -> None:
        assert judge(self.aim, {2025: D(before), 2026: D(now)}, Way()).light is light

    def test_a_gap_cannot_be_compared(self) -> None:
        assert judge(self.aim, {2024: D(10), 2026: D(1)}, Way()).light is Light.NO_START

    def test_the_baseline_of_the_year_before_is_enough(self) -> None:
        assert judge(self.aim, {2026: D(96)}, Way((2025, D(100)))).light is Light.MET

    @given(st.decimals(min_value=1, max_value=10_000, places=0))
    def test_next_years_most_is_exactly_enough(self, value: Decimal) -> None:
        most = most_next_year(self.aim, value)
        assert judge(self.aim, {2025: value, 2026: most}, Way()).light is Light.MET
        more = most + D("0.01")
        assert judge(self.aim, {2025: value, 2026: more}, Way()).light is Light.BEHIND


def test_the_plan_has_its_24_indicators_in_34_parts_each_with_one_department() -> None:
    known = plan()
    by_department = {
        code: {part.indicator for part in known.parts if part.department == code}
        for code in ("YT", "GD", "TP", "VH")
    }
    assert by_department == {
        "YT": {*range(1, 7), *range(8, 13), 22, 23, 24},
        "GD": {7, *range(15, 21)},
        "TP": {14},
        "VH": {13, 21},
    }
    by_objective = [[i.number for i in known.indicators if i.objective == n] for n in range(1, 5)]
    assert by_objective == [
        list(range(1, 8)), list(range(8, 15)), list(range(15, 22)), [22, 23, 24]
    ]  # fmt: skip
    assert {part.code for part in known.parts if part.is_released} == {"8a", "8b", "9"}


def test_the_targets_are_those_of_the_plan() -> None:
    assert {code: f"{p.direction}{p.target}" for code, p in plan().by_code.items()} == {
        "1": ">=75", "2": ">=95", "3a": "<9.0", "3b": "<=10.0", "3c": "<14.7", "4a": "<6",
        "4b": "<=15", "4c": "<5", "4d": "<10", "5a": ">=98", "5b": ">=98", "6": "<=2", "7": "=100",
        "8a": "<1.5", "8b": ">=95", "9": "<0.5", "10": "<3", "11a": "<=50", "11b": "<=15",
        "12": "=100", "13": ">=4", "14": "=100", "15": ">=99.3", "16": "=100", "17": ">=100",
        "18a": ">=99.5", "18b": "<0.05", "19": "=95", "20a": ">=60", "20b": ">=90", "21": ">=45",
        "22": ">=35", "23": ">=90", "24": ">=35",
    }  # fmt: skip
