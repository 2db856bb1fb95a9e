"""What a page or a file of figures says of itself: released or current, of what, how made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.indicators.definitions import IndicatorsFile, definitions, definitions_numbered
from app.indicators.models import CurrentTable, Release, ReleaseState
from app.indicators.pages.cards import Figure
from app.indicators.pages.figure_rates import FigureLine, commune_lines, figure_lines
from app.indicators.pages.release_gaps import Withheld
from app.indicators.pages.table_words import AUDIENCES, UNITS, in_order
from app.indicators.periods import Period
from app.indicators.protection.rules import disclosure_rules, rule_numbered
from app.indicators.tables import Audience, ProtectedTable
from app.web.filters import vn_datetime
from app.web.words import _

CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Beside:
    """What is said beside the tables. `people`: the population of the communes that were entered.
    Of all tables together `figures`: of indicators for the province, by code."""

    people: Mapping[str, int] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    withheld: Sequence[Withheld] = ()


NOTHING = Beside()


@dataclass(frozen=True, slots=True)
class Source:
    """`number` is None for current figures: they are never called released. `at`: by what was
    known then. `earlier`: of the editions before, for whoever keeps what they gave."""

    period: Period
    audience: Audience
    number: str | None
    edition: int | None
    is_withdrawn: bool
    at: datetime
    rules: IndicatorsFile
    tables: Sequence[ProtectedTable]
    beside: Beside = NOTHING
    earlier: Sequence["Source"] = ()

    @property
    def lines(self) -> list[tuple[str, FigureLine]]:
        """Of the province, by code of the indicator."""
        return list(figure_lines(self.rules, self.beside.figures))

    @property
    def commune_lines(self) -> list[tuple[str, FigureLine]]:
        """Of each commune, by code of the indicator."""
        return list(commune_lines(self.rules, self.tables, self.beside.people))

    @property
    def withheld(self) -> Sequence[Withheld]:
        return self.beside.withheld

    @property
    def kind(self) -> str:
        """One word for programs."""
        if self.number is None:
            return CURRENT
        return ReleaseState.WITHDRAWN.value if self.is_withdrawn else "released"

    @property
    def name(self) -> str:
        """“Bản công bố CB-2026-01, lần 2, ĐÃ RÚT”."""
        if self.number is None:
            return _("Số liệu hiện tại, CHƯA công bố")
        words = [_("Bản công bố %(number)s", number=self.number)]
        if self.edition and self.edition > 1:
            words.append(_("lần %(edition)s", edition=self.edition))
        if self.is_withdrawn:
            words.append(_("ĐÃ RÚT"))
        return ", ".join(words)

    @property
    def stem(self) -> str:
        """Of file names: codes only."""
        return f"so-lieu-{self.number or CURRENT}-{self.period}-{self.audience.value}"

    def notices(self) -> list[str]:
        """What stands above the figures, in words."""
        return [
            self.name,
            _("Kỳ: %(period)s", period=self.period.label),
            _("Theo những gì đã ghi đến %(when)s", when=vn_datetime(self.at)),
            _("Đối tượng: %(audience)s", audience=AUDIENCES[self.audience]),
            hidden_words(self.audience, self.tables[0].rule_version if self.tables else None),
        ]

    def definitions_of(self, table: ProtectedTable) -> Iterator[tuple[str, str]]:
        """(label, words) of what a table counts."""
        indicator = self.rules.indicator_of(table.code)
        yield _("Chỉ tiêu"), str(indicator.title)
        yield _("Cách đếm"), str(indicator.numerator)
        if indicator.denominator:
            yield _("Mẫu số"), str(indicator.denominator)
        yield _("Đơn vị đếm"), str(UNITS[indicator.unit])
        yield _("Tuổi"), str(indicator.age)
        yield _("Phương pháp"), str(indicator.method)
        yield _("Căn cứ"), indicator.citation
        yield _("Phiên bản định nghĩa"), str(self.rules.version)


def hidden_words(audience: Audience, version: int | None = None) -> str:
    """The rule in one sentence; why a cell is hidden is never said."""
    rule = disclosure_rules().newest if version is None else rule_numbered(version)
    bounds = rule.bounds(audience)
    words = [
        _(
            "Ô ghi “ẩn”: số từ 1 đến %(most)s, hoặc số mà nếu hiện ra sẽ tính được số nhỏ khác.",
            most=bounds.hide_up_to,
        )
    ]
    if bounds.round_to > 1:
        words.append(_("Các số khác làm tròn đến bội số của %(n)s.", n=bounds.round_to))
    return " ".join(words)


def rules_of(release: Release) -> IndicatorsFile:
    """The definitions that it was made with."""
    if release.definitions_version is not None:
        return definitions_numbered(release.definitions_version)
    return definitions(Period.parse(release.period).last_day)


def source_of_release(
    release: Release,
    audience: Audience,
    tables: Sequence[ProtectedTable],
    beside: Beside = NOTHING,
) -> Source:
    rules = rules_of(release)
    return Source(
        period=Period.parse(release.period),
        audience=audience,
        number=release.number,
        edition=release.edition,
        is_withdrawn=release.state is ReleaseState.WITHDRAWN,
        at=release.known_at or release.asked_at,
        rules=rules,
        tables=in_order(tables, rules),
        beside=beside,
    )


def source_of_current(rows: Sequence[CurrentTable], beside: Beside = NOTHING) -> Source:
    """Of rows of one period and audience."""
    first = rows[0]
    period = Period.parse(first.period)
    rules = definitions(period.last_day)
    return Source(
        period=period,
        audience=first.audience,
        number=None,
        edition=None,
        is_withdrawn=False,
        at=max(row.computed_at for row in rows),
        rules=rules,
        tables=in_order([table for row in rows if (table := row.table) is not None], rules),
        beside=beside,
    )
