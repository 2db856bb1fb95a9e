"""The pages of the child population, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.indicators.definitions import AgeGroup
from app.indicators.forms.population import SEX_WORDS, name_of
from app.indicators.queries.population_pages import Line, Version
from app.reference.communes import Commune, communes


@dataclass(frozen=True)
class YearPage:
    year: int
    rows: Sequence[tuple[Commune, Line | None]]

    @property
    def missing(self) -> int:
        return sum(line is None for _one, line in self.rows)

    @property
    def total(self) -> int:
        return sum(line.total for _one, line in self.rows if line)

    @property
    def is_synthetic(self) -> bool:
        return any(line and line.is_synthetic for _one, line in self.rows)


def year_page(year: int, lines: Mapping[str, Line]) -> YearPage:
    """What is missing first: that is what one comes for."""
    rows = [(one, lines.get(one.code)) for one in communes()]
    return YearPage(year, sorted(rows, key=lambda row: row[1] is not None))


def values_now(versions: Sequence[Version], groups: Sequence[AgeGroup]) -> dict[str, object]:
    """What stands now, for the fields of the form; nothing where nothing stands."""
    if not versions:
        return {}
    now = versions[0]
    counts: dict[str, object] = {
        name_of(sex, group): now.counts.get(f"{sex}|{group.code}")
        for sex in SEX_WORDS
        for group in groups
    }
    return {**counts, "source": now.source, "source_on": now.source_on}
