"""The board: each part with its target, its newest value, how it stands, the way that is left."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.core import clock
from app.indicators.board_policy import department_of
from app.indicators.board_rules import Goal, Light, Standing, Way, judge, path
from app.indicators.models import ValueState
from app.indicators.pages.board_picture import Course, spark
from app.indicators.pages.board_words import (
    LIGHTS,
    TONES,
    about,
    light_words,
    shown,
    target_words,
    way_words,
)
from app.indicators.plan24 import Part, Plan, plan
from app.indicators.queries.board import Given, Newest, confirmed, newest, ways
from app.indicators.queries.board_releases import released_values
from app.web.words import _

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Filters:
    """Codes as asked for; an unknown one filters nothing."""

    objective: str = ""
    department: str = ""
    state: str = ""

    def query(self, **changed: str) -> dict[str, Any]:
        asked = {"objective": self.objective, "department": self.department, "state": self.state}
        return {name: value for name, value in (asked | changed).items() if value}


def filters_of(args: Mapping[str, str]) -> Filters:
    known = plan()
    objectives = {str(one.number) for one in known.objectives}
    departments = {one.code for one in known.departments}
    return Filters(
        _known(args.get("objective", ""), objectives),
        _known(args.get("department", ""), departments),
        _known(args.get("state", ""), {*map(str, Light), PENDING}),
    )


def _known(text: str, codes: set[str]) -> str:
    return text if text in codes else ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one part."""

    part: Part
    goal: Goal
    given: Mapping[int, Given]
    way: Way
    standing: Standing
    waiting: tuple[Newest, ...]  # newest versions that nobody answered yet

    @property
    def values(self) -> dict[int, Decimal]:
        return {y: one.value for y, one in sorted(self.given.items()) if one.value is not None}

    def words(self, year: int) -> str:
        """The value of a year; empty where there is none."""
        given = self.given.get(year)
        if given is None or given.value is None:
            return ""
        return (about if given.is_about else shown)(given.value, self.part.unit)

    def is_internal(self, year: int | None) -> bool:
        """The public was not told the value of this year."""
        given = self.given.get(year) if year is not None else None
        return given is not None and given.is_internal

    @property
    def is_hidden(self) -> bool:
        """There is a released figure, too small to be shown."""
        return not self.values and any(one.is_hidden for one in self.given.values())


@dataclass(frozen=True, slots=True)
class Line:
    facts: Facts
    url: str
    code: str
    name: str
    target: str
    value: str
    year: int | None
    is_internal: bool
    light: Light
    light_words: str
    tone: str
    icon: str
    way: str
    notes: tuple[str, ...]
    department: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class Group:
    number: int
    title: str
    lines: tuple[Line, ...]

    @property
    def counts(self) -> list[tuple[str, str, str, int]]:
        """(words, tone, icon, count) of each state there is."""
        known = Counter(line.light for line in self.lines)
        return [(str(LIGHTS[one]).lower(), *TONES[one], known[one]) for one in Light if known[one]]


@dataclass(frozen=True, slots=True)
class Page:
    """`tiles`: (count, words, tone, address, is chosen) of each state."""

    groups: tuple[Group, ...]
    tiles: tuple[tuple[int, str, str, str, bool], ...]
    filters: Filters
    objectives: tuple[tuple[str, str], ...]
    departments: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    work_url: str | None
    xlsx_url: str
    csv_url: str
    citation: str
    year: int

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]


def board_page(session: Session, *, actor: Actor, filters: Filters, now: datetime) -> Page:
    known, year = plan(), clock.local(now).year
    lines = [_line(one, known, year) for one in facts_of_all(session, year)]
    counts = Counter(line.light for line in lines)
    chosen = [line for line in lines if _is_chosen(line, filters, known)]
    return Page(
        groups=_groups(chosen, known),
        tiles=tuple(_tile(light, counts[light], filters) for light in Light),
        filters=filters,
        objectives=tuple((str(one.number), one.title) for one in known.objectives),
        departments=tuple((one.code, one.label) for one in known.departments),
        states=(
            *((light.value, str(LIGHTS[light])) for light in Light),
            (PENDING, _("Có số liệu chờ xác nhận")),
        ),
        work_url=url_for("indicator_board.work") if department_of(actor) else None,
        xlsx_url=url_for("indicator_board.as_xlsx", **filters.query()),
        csv_url=url_for("indicator_board.as_csv", **filters.query()),
        citation=known.citation,
        year=year,
    )


def facts_of_all(session: Session, year: int) -> list[Facts]:
    """Every part in the order of the plan."""
    given = confirmed(session) | released_values(session, year, inside=True)
    waiting = [one for one in newest(session).values() if one.state is ValueState.DRAFTED]
    set_ways = ways(session)
    return [
        facts_of(
            part,
            given.get(part.code, {}),
            set_ways.get(part.code, Way()),
            [one for one in waiting if one.part == part.code],
        )
        for part in plan().parts
    ]


def facts_of(part: Part, given: Mapping[int, Given], way: Way, waiting: Sequence[Newest]) -> Facts:
    goal = plan().goal(part)
    values = {year: one.value for year, one in given.items() if one.value is not None}
    return Facts(part, goal, given, way, judge(goal, values, way), tuple(waiting))


def _line(facts: Facts, known: Plan, year: int) -> Line:
    part, standing = facts.part, facts.standing
    tone, icon = TONES[standing.light]
    return Line(
        facts=facts,
        url=url_for("indicator_board.part", board_part=part.code),
        code=part.code,
        name=part.name,
        target=target_words(part),
        value=facts.words(standing.year) if standing.year is not None else "",
        year=standing.year,
        is_internal=facts.is_internal(standing.year),
        light=standing.light,
        light_words=words_of_light(facts),
        tone=tone,
        icon=icon,
        way=way_words(part, facts.goal, standing),
        notes=tuple(notes_of(facts, year)),
        department=known.department(part.department).label,
        picture=spark(course_of(facts), _label(facts)) if facts.values else Markup(""),
    )


def words_of_light(facts: Facts) -> str:
    if facts.is_hidden:
        return _("Không công bố: số quá nhỏ")
    is_over = facts.standing.year is not None and facts.standing.year >= facts.goal.year
    released = facts.part.is_released
    return light_words(facts.standing.light, is_released=released, is_over=is_over)


def notes_of(facts: Facts, year: int) -> list[str]:
    """What is missing is said."""
    notes = [_("Số liệu năm %(year)s chờ xác nhận", year=one.year) for one in facts.waiting]
    newest_year = facts.standing.year
    if newest_year is not None and newest_year < year - 1:
        notes.append(_("Chưa có số liệu năm %(year)s", year=year - 1))
    return notes


def course_of(facts: Facts) -> Course:
    """What a picture of the part shows."""
    goal, standing, known = facts.goal, facts.standing, plan()
    values = list(facts.values.items())
    first = min([known.first_year, *facts.values, *([standing.start[0]] if standing.start else [])])
    corners = [] if goal.is_yearly else path(goal, standing.start, facts.way)
    ahead = [values[-1], (goal.year, _end(goal, *values[-1]))] if values else []
    return Course(
        first=first,
        last=goal.year,
        values=values,
        corners=corners if facts.way.baseline or facts.way.milestones else [],
        ahead=ahead if _is_to_go(facts) else [],
        milestones=sorted(facts.way.milestones.items()),
        target=None if goal.is_yearly else goal.target,
    )


def _is_to_go(facts: Facts) -> bool:
    """What is met has no way left; of a yearly goal there is one each year."""
    year, is_met = facts.standing.year, facts.standing.light is Light.MET
    return year is not None and year < facts.goal.year and (facts.goal.is_yearly or not is_met)


def _end(goal: Goal, year: int, value: Decimal) -> Decimal:
    """Where the way that is left ends: a yearly fall goes on to the year of the target."""
    if not goal.is_yearly:
        return goal.target
    return value * ((100 - goal.target) / 100) ** max(0, goal.year - year)


def _label(facts: Facts) -> str:
    values = "; ".join(f"{year}: {facts.words(year)}" for year in facts.values)
    return _(
        "%(name)s theo năm: %(values)s. Mục tiêu 2030: %(target)s.",
        name=facts.part.name,
        values=values,
        target=target_words(facts.part),
    )


def _is_chosen(line: Line, filters: Filters, known: Plan) -> bool:
    part = line.facts.part
    if filters.objective and str(known.objective_of(part)) != filters.objective:
        return False
    if filters.department and filters.department not in (part.department, *part.others):
        return False
    if filters.state == PENDING:
        return bool(line.facts.waiting)
    return not filters.state or line.light == filters.state


def _groups(lines: Sequence[Line], known: Plan) -> tuple[Group, ...]:
    found = []
    for one in known.objectives:
        own = tuple(line for line in lines if known.objective_of(line.facts.part) == one.number)
        if own:
            found.append(Group(one.number, one.title, own))
    return tuple(found)


def _tile(light: Light, count: int, filters: Filters) -> tuple[int, str, str, str, bool]:
    is_on = filters.state == light
    query = filters.query(state="" if is_on else light.value)
    tone = TONES[light][0] if count else ""
    return count, str(LIGHTS[light]), tone, url_for("indicator_board.index", **query), is_on
