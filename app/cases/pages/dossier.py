"""The dossier of a case: part by part, each in a transaction of its own, then bound."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, sections_of
from app.cases.exporting import PAPER, Exported, Made
from app.cases.labels import SECTIONS
from app.cases.models import Case, Export
from app.cases.pages import whole_file
from app.cases.pages.documents import CLOSED, birth_line, moment_words, proof_line
from app.cases.pages.dossier_parts import Part, Reader, parts_in
from app.cases.pages.whole_file import copy_mark, opened_case, row_of
from app.cases.queries.audit import chain_proof
from app.cases.queries.care_documents import office_of
from app.cases.queries.documents import child_view, newest_seal
from app.cases.queries.dossiers import contents_of
from app.core.tasks import TaskRun
from app.documents.binding import Leaf, bind, first_pages, leaves_of
from app.documents.pdf import render_pdf
from app.web.words import _l

Entry = tuple[str, str | None]
KIND = "dossier"
COVER = "Bìa và mục lục"
_FOR_NOBODY = frozenset({Section.INFORMANT, Section.SHELTER})  # no role reads these


def make_dossier(run: TaskRun, export_id: UUID, now: datetime) -> Made:
    """Raises AskerChanged, AccessLost."""
    with _opened(run, export_id, now) as (session, _export, case, reader):
        contents = contents_of(session, case.id, sections=reader.sections)
        parts, rows = parts_in(contents, reader.sections), row_of(case)
    steps = len(parts) + 1
    documents: list[tuple[str, bytes]] = []
    for done, part in enumerate(parts):
        run.progress(done, steps)
        documents += _made(run, export_id, part, now)
    run.progress(len(parts), steps)
    return Made(_bound(run, export_id, leaves_of(documents), now), rows)


@contextmanager
def _opened(
    run: TaskRun, export_id: UUID, now: datetime
) -> Iterator[tuple[Session, Export, Case, Reader]]:
    """A step of the work, with what was open to the one who asked then and still is."""
    with opened_case(run, export_id, Permission.DOSSIER_MAKE) as (session, export, actor, case):
        wanted = frozenset(Section(code) for code in export.sections)
        proof = proof_line(case, actor, now, newest_seal(session), chain_proof(session, case.id))
        yield session, export, case, Reader(actor, wanted & sections_of(actor), proof, now)


def _made(run: TaskRun, export_id: UUID, part: Part, now: datetime) -> list[tuple[str, bytes]]:
    """(title, PDF) of the part; nothing where there is none of it."""
    with _opened(run, export_id, now) as (session, _export, case, reader):
        context = part.context(session, case, reader)
        return [(part.title, render_pdf(part.template, context))] if context else []


def _bound(run: TaskRun, export_id: UUID, leaves: Sequence[Leaf], now: datetime) -> bytes:
    with _opened(run, export_id, now) as (session, export, case, reader):
        context = _cover(session, case, reader)
        entries = [*_about(session, case, reader), *_why(export)]
        mark = copy_mark(export, reader.actor, now)
        title = f"Hồ sơ {case.number}"
    return bind([_front(context, entries, leaves), *leaves], title=title, mark=mark)


def _front(context: dict[str, object], about: Sequence[Entry], leaves: Sequence[Leaf]) -> Leaf:
    """Cover and index. How long the index is moves the pages it speaks of: made until it fits."""
    length, behind = 2, sum(one.pages for one in leaves)
    while True:
        index = first_pages(leaves, after=length)
        entries = [*about, ("Số trang", str(length + behind))]
        more = {"index": index, "entries": entries}
        cover = render_pdf("documents/dossier_cover.html", {**context, **more})
        (made,) = leaves_of([(COVER, cover)])
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


def _why(export: Export) -> list[Entry]:
    return [("Bản xuất", export.number), ("Dùng để", export.reason)]


def _contents(query: str, actor: Actor) -> list[str]:
    """The sections that are in it."""
    held = whole_file.sections(query, actor)
    return [str(SECTIONS[section]) for section in Section if section in held]


DOSSIER = Exported(
    title=_l("Hồ sơ đầy đủ"),
    permission=Permission.DOSSIER_MAKE,
    may=whole_file.may(Permission.DOSSIER_MAKE),
    back=whole_file.back("cases.show"),
    clean=whole_file.clean,
    filters=lambda _query, _actor: (),
    words=whole_file.words,
    sections=whole_file.sections,
    contents=_contents,
    size=whole_file.size(Permission.DOSSIER_MAKE),
    make=make_dossier,
    format=PAPER,
    is_whole_file=True,
)
