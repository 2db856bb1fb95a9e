"""Exports of everything about one case: "case=" with its id says which."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.access import find
from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases import policy
from app.cases.exporting import WITHOUT, ExportRow, Size, case_in, rules
from app.cases.models import Case, Export
from app.cases.pages.export_work import opened
from app.cases.pages.links import link
from app.core import clock
from app.core.tasks import TaskRun
from app.web.words import _


class AccessLost(Exception):  # errors state the fact
    """Whoever asked may not open the case any more."""


def case_of(session: Session, actor: Actor, query: str, permission: Permission) -> Case | None:
    """The case with its head, where this person may take it away."""
    case_id = case_in(query)
    case = find(session, policy.case_file(actor), case_id) if case_id else None
    return case if case and is_allowed(actor, permission, case) else None


def may(permission: Permission) -> Callable[[Session, Actor, str], bool]:
    return lambda session, actor, query: case_of(session, actor, query, permission) is not None


def size(permission: Permission) -> Callable[[Session, Actor, str, datetime], Size]:
    def counted(session: Session, actor: Actor, query: str, _now: datetime) -> Size:
        count = 1 if case_of(session, actor, query, permission) else 0
        return Size(count, count)

    return counted


def clean(query: str, _actor: Actor) -> str:
    """ "case=" with its id, and whether without what nobody takes away alone."""
    case_id = case_in(query)
    without = f"&{WITHOUT}" if WITHOUT in query else ""
    return f"case={case_id}{without}" if case_id else ""


def words(session: Session, query: str, _actor: Actor) -> list[str]:
    number = session.scalar(select(Case.number).where(Case.id == case_in(query)))
    return [number or "", *([_("không kèm phần kín")] if WITHOUT in query else [])]


def back(endpoint: str) -> Callable[[str], str]:
    def address(query: str) -> str:
        case_id = case_in(query)
        return link(endpoint, case_id=case_id) if case_id else ""

    return address


def sections(query: str, actor: Actor) -> frozenset[Section]:
    own = sections_of(actor)
    return own.difference(rules().never_alone) if WITHOUT in query else own


@contextmanager
def opened_case(
    run: TaskRun, export_id: UUID, permission: Permission
) -> Iterator[tuple[Session, Export, Actor, Case]]:
    """A step of the work, as the one who asked may see the case at this moment. Raises
    AskerChanged, AccessLost."""
    with opened(run, export_id) as (session, export, asker):
        case = case_of(session, asker, export.query, permission)
        if case is None:
            raise AccessLost
        yield session, export, asker, case


def row_of(case: Case) -> list[ExportRow]:
    return [ExportRow(case.id, case.child_id, [case.number])]


def copy_mark(export: Export, asker: Actor, now: datetime) -> str:
    """Across each page: which copy this is, whose, and of when. What for stands on the first."""
    moment = clock.local(now).strftime("%H:%M %d/%m/%Y")
    return f"BẢN SAO {export.number}, dành cho {asker.username}, {moment}"
