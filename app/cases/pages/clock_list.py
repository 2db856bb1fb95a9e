"""A list of running clocks: missed, running out, extended."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString

from app.cases.pages.links import key_text, link
from app.cases.pages.list_filters import commune_label
from app.cases.pages.log import Tab
from app.cases.queries.home import ClockLine
from app.deadlines.rules import clock_rule
from app.web.filters import remaining, vn_datetime
from app.web.words import _l

_NOBODY = uuid.UUID(int=0)
CLOCK_STATES: Mapping[str, LazyString] = {
    "missed": _l("Đã quá hạn"),
    "soon": _l("Hết hạn trong 24 giờ"),
    "extended": _l("Đã gia hạn"),
}


@dataclass(frozen=True, slots=True)
class ClockRow:
    number: str
    url: str
    commune: str
    step: str
    due: str
    left: str
    tone: str


@dataclass(frozen=True, slots=True)
class ClocksPage:
    title: str
    tabs: tuple[Tab, ...]
    rows: Sequence[ClockRow]
    next_url: str


def clocks_page(lines: Sequence[ClockLine], *, state: str, limit: int, now: datetime) -> ClocksPage:
    base, shown = link("cases.clocks"), lines[:limit]
    last = shown[-1] if len(lines) > limit else None
    key = key_text(last.effective_due_at, last.id) if last else ""
    return ClocksPage(
        title=str(CLOCK_STATES[state]),
        tabs=tuple(
            Tab(str(words), f"{base}?state={code}", code == state)
            for code, words in CLOCK_STATES.items()
        ),
        rows=_rows(shown, now),
        next_url=f"{base}?state={state}&after={key}&limit={limit}" if key else "",
    )


def _rows(lines: Iterable[ClockLine], now: datetime) -> list[ClockRow]:
    pattern = link("cases.show", case_id=_NOBODY)
    return [
        ClockRow(
            number=line.number,
            url=pattern.replace(str(_NOBODY), str(line.case_id)),
            commune=commune_label(line.commune_code),
            step=str(clock_rule(line.rule_key, line.rule_version).short),
            due=vn_datetime(line.effective_due_at),
            left=remaining(line.effective_due_at, now),
            tone="danger" if line.effective_due_at < now else "warn",
        )
        for line in lines
    ]
