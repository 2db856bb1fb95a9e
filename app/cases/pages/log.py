"""The log's filters: read from the address, and shown as tabs."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.cases.labels import LOG_FILTERS, agency_name, agency_order
from app.cases.pages.links import key_text, log_url
from app.cases.queries.events import Entry, LogFilter
from app.core import clock
from app.web.dates import parse_date
from app.web.words import _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_on: bool


def read_filter(args: Mapping[str, str]) -> LogFilter:
    """The filter that an address asks for; what is no code is no filter."""
    kind, agency = args.get("kind", ""), args.get("agency", "")
    return LogFilter(
        kind=kind if kind in LOG_FILTERS else "",
        agency=agency if agency in agency_order() else "",
        before=read_time_key(args.get("before", "")),
        until=_end_of(args.get("date", "")),
    )


def kind_tabs(base: str, wanted: LogFilter, **kept: str) -> list[Tab]:
    """Tất cả, Việc đã làm, …"""
    return [
        Tab(_("Tất cả"), log_url(base, wanted, kind="", **kept), not wanted.kind),
        *(
            Tab(str(words), log_url(base, wanted, kind=code, **kept), wanted.kind == code)
            for code, (words, _kinds) in LOG_FILTERS.items()
        ),
    ]


def agency_tabs(base: str, wanted: LogFilter, acted: Collection[str], **kept: str) -> list[Tab]:
    """The agencies that acted (keys of lanes), where there are several."""
    lanes = [lane for lane in agency_order() if lane in acted]
    if len(lanes) < 2 and not wanted.agency:
        return []
    return [
        Tab(_("Mọi cơ quan"), log_url(base, wanted, agency="", **kept), not wanted.agency),
        *(
            Tab(
                agency_name(lane), log_url(base, wanted, agency=lane, **kept), wanted.agency == lane
            )
            for lane in lanes
        ),
    ]


def older_url(base: str, wanted: LogFilter, shown: Sequence[Entry], **kept: str) -> str:
    """Where the entries before the last one shown are."""
    last = shown[-1]
    return log_url(base, wanted, before=key_text(last.happened_at, last.id), **kept)


def read_time_key(text: str) -> tuple[datetime, uuid.UUID] | None:
    """The key of `links.key_text`; None for anything else."""
    micros, _dot, row_id = text.partition(".")
    if not (micros.isascii() and micros.isdigit() and len(micros) < 18):
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(micros)), uuid.UUID(row_id)
    except (ValueError, OverflowError):
        return None


def _end_of(text: str) -> datetime | None:
    """The end of a day that was jumped to; None where the text is no date."""
    try:
        day = parse_date(text) if text else None
    except ValueError:
        return None
    if day is None:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=clock.LOCAL)
    return (start + timedelta(days=1)).astimezone(UTC)
