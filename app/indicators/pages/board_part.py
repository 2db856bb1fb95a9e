"""The page of a part: how it stands, its values by year, who entered and corrected what."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.cases.queries.changes import who_when
from app.core import clock
from app.indicators.board_policy import can_read, department_of, may_decide, may_enter
from app.indicators.board_rules import expected_at, fall_of, path
from app.indicators.models import BoardValue, ValueState
from app.indicators.pages.board import Facts, course_of, facts_of, notes_of, words_of_light
from app.indicators.pages.board_picture import chart
from app.indicators.pages.board_words import (
    STATES,
    TONES,
    basis_words,
    plain,
    rounded,
    shown,
    target_words,
    unit_words,
    way_words,
)
from app.indicators.plan24 import Part, plan
from app.indicators.queries.board import (
    Given,
    Newest,
    Version,
    confirmed,
    history_of,
    newest,
    newest_path,
    way_of,
)
from app.indicators.queries.board_releases import released_values
from app.indicators.tables import Audience
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class YearLine:
    """`state`: (words, tone), of the newest version where it is not the one that counts."""

    year: int
    value: str
    is_internal: bool
    counts: str
    against: str
    source: str
    source_url: str | None
    state: tuple[str, str] | None
    answer: str
    enter_url: str | None
    enter_words: str
    decide_url: str | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    year: int
    version: int
    value: str
    counts: str
    source: str
    reason: str
    typed: str
    state: tuple[str, str]
    decided: str
    evidence_url: str | None


@dataclass(frozen=True, slots=True)
class PartPage:
    code: str
    name: str
    text: str
    objective: str
    department: str
    others: tuple[str, ...]
    note: str
    citation: str
    target: str
    unit: str
    value: str
    year: int | None
    is_internal: bool
    light: str
    tone: str
    icon: str
    way: str
    basis: str
    notes: tuple[str, ...]
    picture: Markup
    has_course: bool
    is_released: bool
    baseline: str
    milestones: tuple[tuple[int, str], ...]
    path_source: str
    path_url: str | None
    years: tuple[YearLine, ...]
    history: tuple[HistoryLine, ...]
    enter_url: str | None
    work_url: str | None


def part_page(session: Session, *, part: Part, actor: Actor, now: datetime) -> PartPage:
    known, year = plan(), clock.local(now).year
    versions = newest(session, part=part.code)
    released = released_values(session, year, inside=True)
    given = (confirmed(session, part.code) | released).get(part.code, {})
    set_path = newest_path(session, part.code)
    waiting = [one for one in versions.values() if one.state is ValueState.DRAFTED]
    facts = facts_of(part, given, way_of(set_path), waiting)
    standing, indicator = facts.standing, known.indicator_of(part)
    tone, icon = TONES[standing.light]
    enters = may_enter(actor, part)
    return PartPage(
        code=part.code,
        name=part.name,
        text=indicator.text,
        objective=known.objectives[indicator.objective - 1].title,
        department=known.department(part.department).label,
        others=tuple(known.department(code).label for code in part.others),
        note=part.note,
        citation=known.citation,
        target=target_words(part),
        unit=unit_words(part.unit),
        value=facts.words(standing.year) if standing.year is not None else "",
        year=standing.year,
        is_internal=facts.is_internal(standing.year),
        light=words_of_light(facts),
        tone=tone,
        icon=icon,
        way=way_words(part, facts.goal, standing, is_sentence=True),
        basis=_basis(facts),
        notes=tuple(notes_of(facts, year)),
        picture=_chart(facts) if facts.values else Markup(""),
        has_course=bool(facts.way.baseline or facts.way.milestones),
        is_released=part.is_released,
        baseline=_point(part, facts.way.baseline),
        milestones=tuple((y, shown(v, part.unit)) for y, v in sorted(facts.way.milestones.items())),
        path_source=set_path.source if set_path else "",
        path_url=_path_url(actor, part),
        years=tuple(_years(facts, versions, actor, year)),
        history=tuple(_history(part, history_of(session, part.code), actor)),
        enter_url=_enter_url(part, year) if enters else None,
        work_url=url_for("indicator_board.work") if department_of(actor) else None,
    )


def _basis(facts: Facts) -> str:
    way = facts.way
    return basis_words(
        facts.part,
        facts.standing,
        has_baseline=way.baseline is not None,
        milestones=len(way.milestones),
    )


def _point(part: Part, point: tuple[int, Decimal] | None) -> str:
    if point is None:
        return ""
    return _("%(value)s, năm %(year)s", value=shown(point[1], part.unit), year=point[0])


def _path_url(actor: Actor, part: Part) -> str | None:
    if not has_permission(actor, Permission.BOARD_PLAN):
        return None
    return url_for("indicator_board.path", board_part=part.code)


def _enter_url(part: Part, year: int) -> str:
    return url_for("indicator_board.enter", board_part=part.code, board_year=year)


def _chart(facts: Facts) -> Markup:
    course = course_of(facts)
    words = {value: facts.words(year) for year, value in facts.values.items()}
    if course.target is not None:
        words[course.target] = plain(course.target)
    return chart(course, _("%(name)s theo năm", name=facts.part.name), words)


def _years(
    facts: Facts, versions: Mapping[tuple[str, int], Newest], actor: Actor, year: int
) -> list[YearLine]:
    """The newest year first; a year without a value is there too."""
    known = {year for _part, year in versions} | set(facts.given)
    first = min([plan().first_year, *known])
    last = max([year, *known])
    return [
        _year_line(facts, versions.get((facts.part.code, one)), actor, one)
        for one in range(last, first - 1, -1)
    ]


def _year_line(facts: Facts, last: Newest | None, actor: Actor, year: int) -> YearLine:
    part, given = facts.part, facts.given.get(year)
    hidden = _("không công bố: số quá nhỏ") if given and given.is_hidden else ""
    is_other = last is not None and last.state is not ValueState.CONFIRMED
    return YearLine(
        year=year,
        value=facts.words(year) or hidden,
        is_internal=facts.is_internal(year),
        counts=_given_counts(given) if given else "",
        against=_against(facts, year),
        source=given.source if given else "",
        source_url=_release_url(given, actor),
        state=_state_of(part, last) if last and is_other else None,
        answer=last.answer or "" if last and last.state is ValueState.RETURNED else "",
        enter_url=_enter_url(part, year) if may_enter(actor, part) else None,
        enter_words=_("Nhập") if last is None else _("Sửa"),
        decide_url=_decide_url(part, last, actor),
    )


def _release_url(given: Given | None, actor: Actor) -> str | None:
    if given is None or given.release_id is None:
        return None
    if not has_permission(actor, Permission.INDICATORS_READ):
        return None
    return url_for("releases.show", release_id=given.release_id, audience=Audience.AGENCY.value)


def _state_of(part: Part, last: Newest) -> tuple[str, str]:
    words, tone = STATES[last.state]
    return f"{words}: {shown(last.value, part.unit)}", tone


def _decide_url(part: Part, last: Newest | None, actor: Actor) -> str | None:
    if last is None or last.state is not ValueState.DRAFTED or last.by_id == actor.id:
        return None
    if not has_permission(actor, Permission.BOARD_ENTER) or not may_decide(actor, part):
        return None
    return url_for("indicator_board.value", value_id=last.id)


def _given_counts(given: Given) -> str:
    counts = _counts(given.numerator, given.denominator)
    return _("khoảng %(value)s", value=counts) if counts and given.is_about else counts


def _counts(numerator: int | None, denominator: int | None) -> str:
    if numerator is None or denominator is None:
        return ""
    return f"{plain(Decimal(numerator))} / {plain(Decimal(denominator))}"


def _against(facts: Facts, year: int) -> str:
    """Where the way was that year; of a yearly goal, what became of the year before."""
    if facts.goal.is_yearly:
        before, here = facts.values.get(year - 1), facts.values.get(year)
        fall = fall_of(before, here) if before is not None and here is not None else None
        if fall is None:
            return ""
        return (
            _("tăng %(n)s%%", n=rounded(-fall)) if fall < 0 else _("giảm %(n)s%%", n=rounded(fall))
        )
    if not (facts.way.baseline or facts.way.milestones):
        return ""
    expected = expected_at(path(facts.goal, facts.standing.start, facts.way), year)
    return shown(round(expected, 2), facts.part.unit) if expected is not None else ""


def _history(part: Part, versions: Sequence[Version], actor: Actor) -> list[HistoryLine]:
    return [_history_line(part, one, actor) for one in versions]


def _history_line(part: Part, one: Version, actor: Actor) -> HistoryLine:
    row = one.row
    words, tone = STATES[row.state]
    decided = who_when(one.decided_name, row.decided_at) if row.decided_at else ""
    return HistoryLine(
        year=row.year,
        version=row.version,
        value=shown(row.value, part.unit),
        counts=_counts(row.numerator, row.denominator),
        source=_("%(source)s, ngày %(day)s", source=row.source, day=vn_date(row.source_on)),
        reason=row.reason or "",
        typed=f"{who_when(one.by_name, row.typed_at)} ({one.by_unit})",
        state=(str(words), tone),
        decided=f"{decided}. {row.answer}" if row.answer else decided,
        evidence_url=evidence_url(row) if can_read(actor, row) else None,
    )


def evidence_url(value: BoardValue) -> str | None:
    return _evidence(value.id) if value.file_id is not None else None


def _evidence(value_id: uuid.UUID) -> str:
    return url_for("indicator_board.evidence", value_id=value_id)
