"""Everything that was done with a case and everything that was looked at, for a court."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.models import Case
from app.cases.queries.audit import Proof, Trace, case_traces, chain_proof
from app.cases.queries.documents import Seal, newest_seal
from app.cases.queries.events import Entry, LogFilter, entries
from app.cases.queries.timeline import case_line
from app.deadlines.queries import ClockView, clocks_of

MOST = 2_000  # a paper of some hundred pages


@dataclass(frozen=True, slots=True)
class CourtRecord:
    """`entries` and `traces`, the newest first, are `MOST` together at most.

    `proof` is the head of the case's chain as it was read, `seal` the last checkpoint.
    """

    child_name: str | None
    received_at: datetime
    entries: Sequence[Entry]
    traces: Sequence[Trace]
    has_older: bool
    clocks: Sequence[ClockView]
    proof: Proof
    seal: Seal | None


def court_record(session: Session, case: Case, *, sections: frozenset[Section]) -> CourtRecord:
    """Six statements. Of a closed section an entry shows when and by which agency, no more."""
    name, received_at, _lanes = case_line(session, case.id, sections)
    done = entries(session, case.id, sections=sections, wanted=LogFilter(), limit=MOST)
    seen = case_traces(session, case, before=None, limit=MOST)
    kept, has_older = _newest([*done, *seen])
    return CourtRecord(
        child_name=name,
        received_at=received_at,
        entries=[one for one in kept if isinstance(one, Entry)],
        traces=[one for one in kept if isinstance(one, Trace)],
        has_older=has_older,
        clocks=clocks_of(session, case.id),
        proof=chain_proof(session, case.id),
        seal=newest_seal(session),
    )


def _newest(found: list[Entry | Trace]) -> tuple[list[Entry | Trace], bool]:
    """(the newest MOST, are there older ones)."""
    ordered = sorted(found, key=_moment, reverse=True)
    return ordered[:MOST], len(ordered) > MOST


def _moment(one: Entry | Trace) -> datetime:
    return one.happened_at if isinstance(one, Entry) else one.at
