"""The pages of releases: the list, one release with its figures and tables, one table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import LazyString
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, has_permission
from app.indicators.definitions import Indicator, IndicatorsFile
from app.indicators.dhis2 import is_for_dhis2, mapping
from app.indicators.models import Release, ReleaseFigure, ReleaseState
from app.indicators.models.releases import ReleaseOutdated
from app.indicators.pages.cards import Figure
from app.indicators.pages.figure_files import DHIS2
from app.indicators.pages.figure_source import hidden_words, rules_of
from app.indicators.pages.rate_words import rate_words
from app.indicators.pages.release_differences import changes_of
from app.indicators.pages.release_gaps import Gaps, gaps_of, never_made
from app.indicators.pages.table_words import AUDIENCES, table_title
from app.indicators.periods import Period
from app.indicators.queries.released import (
    ReleaseLine,
    TableSize,
    figures_of,
    release_line,
    release_lines,
    table_sizes,
)
from app.indicators.queries.shown import approved_release
from app.indicators.release_policy import may_approve
from app.indicators.tables import Audience
from app.web.filters import vn_date, vn_datetime
from app.web.words import _, _l

STATES: Mapping[ReleaseState, tuple[LazyString, str]] = {
    ReleaseState.ASKED: (_l("Đang tính"), "go"),
    ReleaseState.DRAFTED: (_l("Bản nháp"), "warn"),
    ReleaseState.SUBMITTED: (_l("Chờ người khác duyệt"), "warn"),
    ReleaseState.APPROVED: (_l("Đã công bố"), "ok"),
    ReleaseState.WITHDRAWN: (_l("Đã rút"), "danger"),
    ReleaseState.DROPPED: (_l("Đã bỏ, không công bố"), ""),
}
FILE_WORDS: Mapping[str, str] = {
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "json-stat": "JSON-stat 2.0",
}
_BY_RULE = "CannotProtect"  # in place of a reason: nothing could be protected
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    url: str
    period: str
    state: tuple[str, str]
    note: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    under_way: Sequence[Line]
    published: Sequence[Line]
    may_release: bool


def index_page(session: Session, *, actor: Actor, limit: int = LIMIT) -> IndexPage:
    may_release = has_permission(actor, Permission.INDICATORS_RELEASE)
    lines = release_lines(session, published_only=not may_release, limit=limit)
    return IndexPage(
        under_way=[_line(one) for one in lines if not one.release.is_published],
        published=[_line(one) for one in lines if one.release.is_published],
        may_release=may_release,
    )


def _line(line: ReleaseLine) -> Line:
    release = line.release
    words, tone = state_words(line)
    return Line(
        title=release_title(release),
        url=url_for("releases.show", release_id=release.id),
        period=str(Period.parse(release.period).label),
        state=(words, tone),
        note="; ".join(_notes(line)),
    )


def state_words(line: ReleaseLine) -> tuple[str, str]:
    """(words, tone): what was approved stands until a later edition of its period came out."""
    if line.release.state is ReleaseState.APPROVED and (line.replaced_by or line.withdrawn_after):
        return _("Đã được thay"), ""
    words, tone = STATES[line.release.state]
    return str(words), tone


def _notes(line: ReleaseLine) -> Iterator[str]:
    release = line.release
    if release.edition > 1 and release.number is not None:  # a draft has it in its title
        yield _("lần %(edition)s của kỳ này", edition=release.edition)
    if release.approved_at is not None:
        yield _(
            "%(who)s duyệt ngày %(day)s", who=line.approved_name, day=vn_date(release.approved_at)
        )
    else:
        yield _("%(who)s lập ngày %(day)s", who=line.by_name, day=vn_date(release.asked_at))
    if line.replaced_by:
        yield _("có bản mới hơn: %(number)s", number=line.replaced_by)
    elif line.withdrawn_after:
        yield _("có bản mới hơn, đã rút: %(number)s", number=line.withdrawn_after)


def release_title(release: Release) -> str:
    if release.number:
        return _("Bản công bố %(number)s", number=release.number)
    return _("Bản nháp, lần %(edition)s", edition=release.edition)


def edition_title(release: Release) -> str:
    """Of one that was approved; a further edition with its day."""
    if release.edition == 1:
        return release_title(release)
    day = vn_date(release.approved_at)
    edition = _("lần %(edition)s ngày %(day)s", edition=release.edition, day=day)
    return f"{release_title(release)}, {edition}"


@dataclass(frozen=True, slots=True)
class FigureLine:
    """`value`, `numerator`, `denominator` in words; `is_hidden`: of the figure."""

    code: str
    title: str
    numerator: str
    denominator: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class TableLine:
    code: str
    title: str
    url: str | None
    note: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    release: Release
    title: str
    state: tuple[str, str]
    period: str
    facts: Sequence[str]
    withdrawn: str | None
    replaced_by: str | None
    withdrawn_after: str | None
    dropped: str | None
    changes: Sequence[str] | None
    gaps: Gaps
    tabs: Sequence[Tab]
    figures: Sequence[FigureLine]
    tables: Sequence[TableLine]
    refused: int
    hidden_words: str
    files: Sequence[tuple[str, str]]
    protection_url: str
    may_release: bool
    may_approve: bool
    is_own: bool


def release_page(
    session: Session, *, actor: Actor, release: Release, audience: Audience
) -> ReleasePage:
    line, rules = release_line(session, release), rules_of(release)
    every = figures_of(session, release.id)
    figures = [one for one in every if one.audience is audience]
    base = figures_of(session, release.base_id) if release.base_id else []
    rows = table_sizes(session, release.id, audience)
    return ReleasePage(
        release=release,
        title=release_title(release),
        state=state_words(line),
        period=str(Period.parse(release.period).label),
        facts=list(_facts(line)),
        withdrawn=_withdrawn(release),
        replaced_by=line.replaced_by,
        withdrawn_after=line.withdrawn_after,
        dropped=_dropped(release),
        changes=changes_of(release, rules, figures, base, rule_of(rows)),
        gaps=gaps_of(session, release, rules),
        tabs=audience_tabs("releases.show", audience, release_id=release.id),
        figures=_figures(figures, rules, rule_of(rows)),
        tables=_tables(release, rows, rules, audience),
        refused=sum(row.hidden is None for row in rows),
        hidden_words=hidden_words(audience, rule_of(rows)),
        files=files_of(session, release, audience) if release.is_published else [],
        protection_url=url_for(
            "releases.protection", release_id=release.id, audience=audience.value
        ),
        may_release=has_permission(actor, Permission.INDICATORS_RELEASE),
        may_approve=may_approve(actor, release),
        is_own=release.by_id == actor.id,
    )


def _facts(line: ReleaseLine) -> Iterator[str]:
    release = line.release
    yield _("Lần %(edition)s của kỳ này", edition=release.edition)
    if release.known_at is not None:
        yield _("theo những gì đã ghi đến %(when)s", when=vn_datetime(release.known_at))
    yield _("%(who)s lập", who=line.by_name)
    if line.approved_name:
        yield _(
            "%(who)s duyệt ngày %(day)s", who=line.approved_name, day=vn_date(release.approved_at)
        )


def _withdrawn(release: Release) -> str | None:
    if release.withdrawn_at is None:
        return None
    day = vn_date(release.withdrawn_at)
    return _("Rút ngày %(day)s. Lý do: %(reason)s", day=day, reason=release.withdraw_reason)


def _dropped(release: Release) -> str | None:
    if release.dropped_at is None:
        return None
    if release.drop_reason == _BY_RULE:
        return _("Không bảng nào bảo vệ được số nhỏ, nên không có gì để công bố.")
    if release.drop_reason == ReleaseOutdated.__name__:
        return _(
            "Có số liệu khác được công bố hoặc gửi đi sau khi lập, nên đã đếm lại thành bản khác."
        )
    return _("Lý do: %(reason)s", reason=release.drop_reason)


def audience_tabs(endpoint: str, audience: Audience, **values: Any) -> list[Tab]:
    return [
        Tab(
            str(AUDIENCES[one]),
            url_for(endpoint, audience=one.value, **values),
            one is audience,
        )
        for one in (Audience.PUBLIC, Audience.AGENCY)
    ]


def files_of(
    session: Session, release: Release, audience: Audience, table: str | None = None
) -> list[tuple[str, str]]:
    """Of a release that was published."""
    standing = approved_release(session, release.period)
    to_dhis2 = is_for_dhis2(release, audience, standing)
    return file_links(release, audience, table, to_dhis2=to_dhis2)


def file_links(
    release: Release, audience: Audience, table: str | None = None, *, to_dhis2: bool
) -> list[tuple[str, str]]:
    """(words, address) of each kind of file."""
    kinds = dict(FILE_WORDS)
    if to_dhis2 and (table is None or table in mapping().data_elements):
        is_withdrawn = release.state is ReleaseState.WITHDRAWN
        kinds[DHIS2] = _("DHIS2, xóa số đã gửi") if is_withdrawn else "DHIS2"
    place: dict[str, Any] = {
        "release_id": release.id,
        "audience": audience.value,
        "table": table,
    }
    return [
        (words, url_for("releases.export", export_format=kind, **place))
        for kind, words in kinds.items()
    ]


def _figures(
    rows: Sequence[ReleaseFigure], rules: IndicatorsFile, version: int | None
) -> list[FigureLine]:
    """In the order of the definitions; none where no table could be protected."""
    if version is None:
        return []
    by_code = {row.code: row for row in rows}
    return [_figure(by_code[code], rules, version) for code in rules.indicators if code in by_code]


def _figure(row: ReleaseFigure, rules: IndicatorsFile, version: int) -> FigureLine:
    indicator = rules.indicator(row.code)
    is_rate, figure = indicator.per is not None, Figure.released(row, version)
    return FigureLine(
        code=row.part or "",
        title=str(indicator.title),
        numerator=_count(figure, indicator, "numerator"),
        denominator=_denominator(figure, indicator) if is_rate else "",
        value=rate_words(figure.rate(indicator)) if is_rate else "",
        note=_missing(row),
    )


def _count(figure: Figure, indicator: Indicator, which: str) -> str:
    return _("ẩn") if getattr(figure, which) is None else figure.words(indicator, which)


def _denominator(figure: Figure, indicator: Indicator) -> str:
    """Nothing where the population is not known."""
    if figure.denominator is None and figure.missing:
        return ""
    return _count(figure, indicator, "denominator")


def _missing(row: ReleaseFigure) -> str:
    if not row.missing:
        return ""
    return _("Chưa tính được tỷ lệ: thiếu dân số trẻ em của %(n)s xã, phường.", n=row.missing)


def rule_of(rows: Sequence[TableSize]) -> int | None:
    """The version of the rule that tables made together were protected with."""
    return next((row.rule_version for row in rows if row.rule_version is not None), None)


def _tables(
    release: Release, rows: Sequence[TableSize], rules: IndicatorsFile, audience: Audience
) -> list[TableLine]:
    """In the order of the definitions."""
    by_code = {row.code: row for row in rows}
    found = []
    for code in rules.tables:
        if code not in by_code:
            continue
        size = by_code[code]
        url = url_for(
            "releases.table", release_id=release.id, table_code=code, audience=audience.value
        )
        is_shown = size.hidden is not None
        found.append(
            TableLine(code, table_title(code, rules), url if is_shown else None, size_words(size))
        )
    return found + [TableLine(*one) for one in never_made(by_code, rules)]


def size_words(size: TableSize) -> str:
    if size.hidden is None:
        return _("Không hiện: chưa bảo vệ được số nhỏ")
    if size.hidden == size.cells:
        return _("Ẩn hết: không ô nào có số")
    return _("%(hidden)s trên %(all)s ô ẩn", hidden=size.hidden, all=size.cells)
