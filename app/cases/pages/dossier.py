"""The work of making a dossier: part by part, each in a transaction of its own, then bound."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.auth.access import find
from app.auth.people import actor_of_user
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases import policy
from app.cases.labels import SECTIONS
from app.cases.models import Case, Dossier
from app.cases.pages.documents import CLOSED, VI, birth_line, moment_words, proof_line
from app.cases.pages.dossier_parts import Part, Reader, parts_in
from app.cases.queries.audit import chain_proof
from app.cases.queries.care_documents import office_of
from app.cases.queries.documents import child_view, newest_seal
from app.cases.queries.dossiers import contents_of
from app.cases.services.dossiers import keep_dossier
from app.core import clock
from app.core.tasks import TaskRun
from app.documents.binding import Leaf, bind, first_pages, leaf
from app.documents.pdf import render_pdf

Entry = tuple[str, str | None]
COVER = "Bìa và mục lục"
_FOR_NOBODY = frozenset({Section.INFORMANT, Section.SHELTER})  # no role reads these


class AccessLost(Exception):  # errors state the fact
    """Whoever asked for the dossier may not open the case any more."""


def make_dossier(run: TaskRun) -> None:
    """The work of a task of kind "dossier". Raises AccessLost."""
    now = clock.now()
    with force_locale(VI):
        with _opened(run, now) as (session, case, reader):
            contents = contents_of(session, case.id, sections=reader.sections)
            parts = parts_in(contents, reader.sections)
        steps = len(parts) + 2
        leaves = []
        for done, part in enumerate(parts):
            run.progress(done, steps)
            leaves += _made(run, part, now)
        run.progress(len(parts), steps)
        whole, pages = _bound(run, leaves, now)
        run.progress(len(parts) + 1, steps)
        _keep(run, whole, pages)


@contextmanager
def _opened(run: TaskRun, now: datetime) -> Iterator[tuple[Session, Case, Reader]]:
    """A step of the work, as the one who asked for it may see the case at this moment."""
    with run.step() as session:
        actor = actor_of_user(session, run.user_id)
        if actor is None:
            raise AccessLost
        case = find(session, policy.case_file(actor), UUID(run.payload["case_id"]))
        if case is None or not is_allowed(actor, Permission.DOSSIER_MAKE, case):
            raise AccessLost
        wanted = frozenset(Section(code) for code in run.payload["sections"])
        proof = proof_line(case, actor, now, newest_seal(session), chain_proof(session, case.id))
        yield session, case, Reader(actor, wanted & sections_of(actor), proof, now)


def _made(run: TaskRun, part: Part, now: datetime) -> list[Leaf]:
    """The part as it is printed; nothing where there is none of it."""
    with _opened(run, now) as (session, case, reader):
        context = part.context(session, case, reader)
        return [leaf(part.title, render_pdf(part.template, context))] if context else []


def _bound(run: TaskRun, leaves: Sequence[Leaf], now: datetime) -> tuple[bytes, int]:
    """The whole, and how many pages it has."""
    with _opened(run, now) as (session, case, reader):
        context, entries = _cover(session, case, reader), _about(session, case, reader)
        mark = f"BẢN SAO, dành cho {reader.actor.username}, {_at(now)}"
        title = f"Hồ sơ {case.number}"
    front = _front(context, entries, leaves)
    pages = front.pages + sum(one.pages for one in leaves)
    return bind([front, *leaves], title=title, mark=mark), pages


def _front(context: dict[str, object], about: Sequence[Entry], leaves: Sequence[Leaf]) -> Leaf:
    """Cover and index. How long the index is moves the pages it speaks of: made until it fits."""
    length, behind = 2, sum(one.pages for one in leaves)
    while True:
        index = first_pages(leaves, after=length)
        entries = [*about, ("Số trang", str(length + behind))]
        more = {"index": index, "entries": entries}
        made = leaf(COVER, render_pdf("documents/dossier_cover.html", {**context, **more}))
        if made.pages <= length:
            return made
        length = made.pages


def _cover(session: Session, case: Case, reader: Reader) -> dict[str, object]:
    """The context of templates/documents/dossier_cover.html, without what depends on the pages."""
    closed = (s for s in Section if s not in reader.sections and s not in _FOR_NOBODY)
    return {
        "title": f"Hồ sơ {case.number}",
        "office": office_of(session, case),
        "day": reader.now,
        "number": case.number,
        "closed": ", ".join(str(SECTIONS[section]) for section in closed),
        "proof": reader.proof,
    }


def _about(session: Session, case: Case, reader: Reader) -> list[Entry]:
    """Whose dossier it is, and who made it."""
    child = child_view(session, case, reader.sections)
    actor, unit = reader.actor, case.unit
    return [
        ("Họ và tên trẻ em", CLOSED if child is None else child.name),
        ("Ngày, tháng, năm sinh", birth_line(child)),
        ("Đơn vị quản lý hồ sơ", unit.name if unit else None),
        ("Người phụ trách", case.owner.name if case.owner else "Chưa phân công"),
        ("Mở hồ sơ", moment_words(case.opened_at)),
        ("Kết thúc", moment_words(case.ended_at) if case.ended_at else "Đang thực hiện"),
        ("Người lập bản này", f"{actor.name} ({actor.username}), {actor.unit_name}"),
        ("Lập lúc", moment_words(reader.now)),
    ]


def _keep(run: TaskRun, whole: bytes, pages: int) -> None:
    with run.step() as session:
        dossier = session.get_one(Dossier, run.id, with_for_update={"of": Dossier})
        stored = keep_dossier(session, dossier, whole, now=clock.now())
        run.outcome = {"file": str(stored.id), "pages": pages}


def _at(now: datetime) -> str:
    return clock.local(now).strftime("%H:%M %d/%m/%Y")
