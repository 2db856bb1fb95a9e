"""The page of one table, released or current, and what protects its small figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.indicators.definitions import IndicatorsFile, definitions
from app.indicators.models import CurrentTable, Release, ReleaseTable
from app.indicators.pages.figure_source import (
    Source,
    hidden_words,
    rules_of,
    source_of_current,
    source_of_release,
)
from app.indicators.pages.grid import Grid, grid_of
from app.indicators.pages.release_gaps import TOO_LARGE_WORDS, never_made, too_large, why_none
from app.indicators.pages.releases import (
    FILE_WORDS,
    Tab,
    audience_tabs,
    files_of,
    release_title,
    rule_of,
    size_words,
)
from app.indicators.pages.table_words import AUDIENCES, in_order, table_title
from app.indicators.periods import Period
from app.indicators.protection.rules import disclosure_rules, rule_numbered
from app.indicators.queries.released import TableSize, current_periods, current_sizes, tables_of
from app.indicators.tables import Audience, ProtectedTable
from app.web.filters import number, vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class TablePage:
    """`is_draft`: nothing of it may be taken out yet."""

    title: str
    back: tuple[str, str]
    source: str
    is_released: bool
    is_draft: bool
    is_withdrawn: bool
    facts: Sequence[str]
    tabs: Sequence[Tab]
    grid: Grid
    hidden_words: str
    definition: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]
    slice_name: str
    audience: str


def release_table_page(
    session: Session, release: Release, table: ProtectedTable, *, at: str | None
) -> TablePage:
    source = source_of_release(release, table.audience, [table])
    back = release_title(release), url_for("releases.show", release_id=release.id)
    tabs = audience_tabs(
        "releases.table", table.audience, release_id=release.id, table_code=table.code
    )
    is_released = release.is_published
    files = files_of(session, release, table.audience, table.code) if is_released else []
    name = source.name if is_released else _("Bản nháp, CHƯA công bố")
    return _page(source, table, at, back=back, tabs=tabs, files=files, name=name)


def current_table_page(row: CurrentTable, table: ProtectedTable, *, at: str | None) -> TablePage:
    source = source_of_current([row])
    back = (
        _("Số liệu hiện tại, %(period)s", period=source.period.label),
        url_for("current_figures.period", current_period=row.period),
    )
    return _page(
        source, table, at, back=back, tabs=[], files=current_links(row.period, row.code),
        name=source.name,
    )  # fmt: skip


def current_links(period: str, table: str | None = None) -> list[tuple[str, str]]:
    return [
        (
            words,
            url_for(
                "current_figures.export", current_period=period, export_format=kind, table=table
            ),
        )
        for kind, words in FILE_WORDS.items()
    ]


def _page(
    source: Source,
    table: ProtectedTable,
    at: str | None,
    *,
    back: tuple[str, str],
    tabs: Sequence[Tab],
    files: Sequence[tuple[str, str]],
    name: str,
) -> TablePage:
    return TablePage(
        title=table_title(table.code, source.rules),
        back=back,
        source=name,
        is_released=source.number is not None,
        is_draft=source.number is None and not files,
        is_withdrawn=source.is_withdrawn,
        facts=[
            str(source.period.label),
            str(AUDIENCES[table.audience]),
            _("theo những gì đã ghi đến %(when)s", when=vn_datetime(source.at)),
        ],
        tabs=tabs,
        grid=grid_of(table, at),
        hidden_words=hidden_words(table.audience, table.rule_version),
        definition=list(source.definitions_of(table)),
        files=files,
        slice_name="at",
        audience=table.audience.value,
    )


@dataclass(frozen=True, slots=True)
class CurrentLine:
    title: str
    url: str | None
    note: str


@dataclass(frozen=True, slots=True)
class CurrentPage:
    period: str
    checked: str
    tabs: Sequence[Tab]
    lines: Sequence[CurrentLine]
    hidden_words: str
    files: Sequence[tuple[str, str]]


def current_page(session: Session, period: Period | None) -> CurrentPage | None:
    """The current tables of a period, of the newest where none is named; None without any."""
    periods = current_periods(session)
    checked = dict(periods)
    text = str(period) if period is not None else (periods[-1][0] if periods else "")
    if text not in checked:
        return None
    shown = Period.parse(text)
    rules = definitions(shown.last_day)
    rows = current_sizes(session, text, Audience.AGENCY)
    return CurrentPage(
        period=str(shown.label),
        checked=vn_datetime(checked[text]),
        tabs=[
            Tab(
                str(Period.parse(one).label),
                url_for("current_figures.period", current_period=one),
                one == text,
            )
            for one in sorted(checked, key=_by_length)
        ],
        lines=[
            *(_current_line(text, row, rules) for row in in_order(rows, rules)),
            *(CurrentLine(*one[1:]) for one in never_made([row.code for row in rows], rules)),
        ],
        hidden_words=hidden_words(Audience.AGENCY, rule_of(rows)),
        files=current_links(text) if any(row.hidden is not None for row in rows) else [],
    )


def _by_length(text: str) -> tuple[int, int]:
    """Years, half-years, quarters, months; of each the newest first."""
    period = Period.parse(text)
    return -period.kind.months, -period.end.toordinal()


def _current_line(period: str, size: TableSize, rules: IndicatorsFile) -> CurrentLine:
    url = url_for("current_figures.table", current_period=period, table_code=size.code)
    title = table_title(size.code, rules)
    return CurrentLine(title, None if size.hidden is None else url, size_words(size))


@dataclass(frozen=True, slots=True)
class ProofLine:
    title: str
    hidden: str
    narrowest: str
    state: tuple[str, str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProtectionPage:
    title: str
    back: tuple[str, str]
    tabs: Sequence[Tab]
    rule: Sequence[str]
    lines: Sequence[ProofLine]
    json_url: str
    citation: str


def protection_page(session: Session, release: Release, audience: Audience) -> ProtectionPage:
    rows, rules = tables_of(session, release.id, audience), rules_of(release)
    versions = [row.certificate["rule_version"] for row in rows if row.certificate]
    rule = rule_numbered(versions[0]) if versions else disclosure_rules().newest
    return ProtectionPage(
        title=release_title(release),
        back=(release_title(release), url_for("releases.show", release_id=release.id)),
        tabs=audience_tabs("releases.protection", audience, release_id=release.id),
        rule=_rule_words(audience, rule.version),
        lines=_proofs(rows, rules),
        json_url=url_for("releases.certificate", release_id=release.id, audience=audience.value),
        citation=rule.citation,
    )


def _rule_words(audience: Audience, version: int) -> list[str]:
    bounds = rule_numbered(version).bounds(audience)
    words = [
        _("Số từ 1 đến %(most)s không hiện.", most=bounds.hide_up_to),
        _(
            "Nếu mọi trẻ em của một dòng đều thuộc một loại, số đó cũng ẩn: nếu không, chỉ cần biết"
            " một em có trong dòng là biết em thuộc loại nào."
        ),
        _(
            "Một số ô khác ẩn thêm, để không lấy tổng trừ đi mà ra số nhỏ. Trang không nói ô nào ẩn"
            " vì lý do gì."
        ),
        _(
            "Đã giải bài toán: ghép mọi bảng đã công bố có liên quan, người tính giỏi nhất cũng chỉ"
            " biết một ô ẩn nằm trong khoảng rộng ít nhất %(width)s.",
            width=bounds.width,
        ),
    ]
    if bounds.round_to > 1:
        words.append(_("Mỗi số hiện ra được làm tròn đến bội số của %(n)s.", n=bounds.round_to))
    return words


def _proofs(rows: Sequence[ReleaseTable], rules: IndicatorsFile) -> list[ProofLine]:
    withheld = _("Không công bố"), "danger"
    made = [_proof(row, table_title(row.code, rules)) for row in in_order(rows, rules)]
    never = too_large([row.code for row in rows], rules)
    why = str(TOO_LARGE_WORDS)
    return made + [ProofLine(table_title(one, rules), "", "", withheld, why) for one in never]


def _proof(row: ReleaseTable, title: str) -> ProofLine:
    if row.certificate is None:
        return ProofLine(title, "", "", (_("Không công bố"), "danger"), why_none(row))
    widths, told = _widths(row.certificate), _told(row)
    narrowest = number(min(widths)) if widths else ""
    words = _("Đã chứng minh"), "ok"
    if told:
        words = _("Đã chứng minh, trừ %(n)s số mà bản trước đã cho biết", n=number(told)), "warn"
    hidden = number(len(row.certificate["cells"]))
    return ProofLine(title, hidden, narrowest, words, why_none(row))


def _widths(certificate: Mapping[str, Any]) -> list[int]:
    """Of the interval of each hidden figure that has an upper end."""
    return [high - low for _place, low, high in certificate["cells"] if high is not None]


def _told(row: ReleaseTable) -> int:
    """How many hidden figures other tables give away, so that this one cannot hide them."""
    certificate = row.certificate or {"cells": ()}
    if not certificate["cells"]:
        return 0
    width = rule_numbered(certificate["rule_version"]).bounds(row.audience).width
    return sum(one < width for one in _widths(certificate))


def certificate_of(release: Release, rows: Sequence[ReleaseTable]) -> dict[str, Any]:
    """For download. Neither why a cell is hidden nor the interval of each that was proved: which
    worlds were looked for depends on why it is hidden. Nor the hashes of the tables it was proved
    beside: some are not for its reader, who could try their figures out."""
    return {
        "release": release.number,
        "period": release.period,
        "edition": release.edition,
        "tables": [
            {
                "code": row.code,
                "audience": row.audience.value,
                "status": row.certificate["status"] if row.certificate else "not published",
                **(_proved(row) if row.certificate else {}),
            }
            for row in rows
        ],
    }


def _proved(row: ReleaseTable) -> dict[str, Any]:
    certificate = row.certificate or {}
    names = ("rule_version", "solver", "shown")
    return {
        **{name: certificate[name] for name in names if name in certificate},
        "beside": len(certificate.get("beside", ())),
        "hidden": len(certificate["cells"]),
        "narrowest": min(_widths(certificate), default=None),
        "told_before": _told(row),
    }
