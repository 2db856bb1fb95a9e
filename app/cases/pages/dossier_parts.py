"""The parts of a dossier in their order; each is rendered as the case's own pages print it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.models import Case
from app.cases.pages.care_documents import handover_document, separation_document
from app.cases.pages.conferences import minutes_document
from app.cases.pages.documents import assessment_document, report_document
from app.cases.pages.dossier_lists import files_list, support_list, timeline_list
from app.cases.pages.form03 import specific_document
from app.cases.pages.plan_documents import decision_document, plan_document
from app.cases.pages.review_document import review_document
from app.cases.queries.care import placements_of, separations_of
from app.cases.queries.care_documents import child_lines, office_of
from app.cases.queries.conferences import conference_of
from app.cases.queries.documents import assessment_sheet, child_view, report_sheet
from app.cases.queries.dossiers import Contents
from app.cases.queries.plan_documents import decision_sheet, plan_sheet
from app.cases.queries.review_paper import review_sheet
from app.cases.queries.specific import specific_of

S = Section
Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a dossier is made, what they may see of it, and the foot of its pages."""

    actor: Actor
    sections: frozenset[Section]
    proof: str
    now: datetime


Making = Callable[[Session, Case, Reader], Context | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One document. `context` is that of its template; None where there is nothing to print."""

    title: str
    template: str
    context: Making


def parts_in(contents: Contents, sections: frozenset[Section]) -> list[Part]:
    return [*_assessments(contents, sections), *_plans(contents), *_lists(contents, sections)]


def _each(
    title: str, form: str, making: Callable[..., Any], ids: Any, *, unit: str = "lần"
) -> Iterator[Part]:
    """A part for each; numbered where there are several."""
    for number, one in enumerate(ids, start=1):
        name = title if len(ids) == 1 else f"{title} ({unit} {number})"
        yield Part(name, f"documents/{form}.html", partial(making, one))


def _assessments(contents: Contents, sections: frozenset[Section]) -> Iterator[Part]:
    if S.EVENT in sections:
        yield Part("Mẫu số 01. Báo cáo tiếp nhận thông tin", "documents/form01.html", _report)
    yield from _each("Mẫu số 02. Đánh giá ban đầu", "form02", _initial, contents.initials)
    yield from _each("Mẫu số 03. Đánh giá cụ thể", "form03", _specific, contents.specifics)


def _plans(contents: Contents) -> Iterator[Part]:
    title = "Biên bản họp xác định nhu cầu"
    yield from _each(title, "minutes", _minutes, contents.conferences)
    yield from _each("Mẫu số 04. Kế hoạch hỗ trợ, can thiệp", "form04", _plan, contents.cycles)
    title = "Mẫu số 05. Quyết định phê duyệt kế hoạch"
    yield from _each(title, "form05", _decision, contents.decisions)
    title = "Mẫu số 07. Quyết định tạm thời cách ly"
    yield from _each(title, "form07", _separation, contents.separations)
    yield from _each("Biên bản giao, nhận trẻ em", "handover", _handover, contents.placements)
    yield from _each("Mẫu số 06. Rà soát, đánh giá", "form06", _review, contents.reviews)


def _lists(contents: Contents, sections: frozenset[Section]) -> Iterator[Part]:
    if S.PLAN in sections:
        title = "Dịch vụ đã nhận và các lần theo dõi"
        yield Part(title, "documents/dossier_list.html", _support)
    yield Part("Danh mục tài liệu kèm theo", "documents/dossier_list.html", _files)
    yield from _each("Dòng thời gian", "dossier_list", _timeline, contents.sheets, unit="phần")


def _report(session: Session, case: Case, reader: Reader) -> Context:
    sheet = report_sheet(session, case, sections=reader.sections)
    return report_document(sheet, reader.sections, proof=reader.proof, case=case)


def _initial(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    sections = reader.sections
    sheet = assessment_sheet(session, case, sections=sections, assessment_id=row_id)
    return assessment_document(sheet, sections, proof=reader.proof, case=case) if sheet else None


def _specific(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    view = specific_of(session, case.id, row_id, sections=reader.sections)
    if view is None:
        return None
    child = child_view(session, case, reader.sections)
    return specific_document(view, child, reader.sections, proof=reader.proof, case=case)


def _minutes(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    view = conference_of(session, case.id, row_id, sections=reader.sections)
    if view is None or not view.row.is_held:
        return None
    return minutes_document(
        view,
        case=case,
        child=case.child,
        office=office_of(session, case),
        sections=reader.sections,
        proof=reader.proof,
    )


def _plan(cycle: int, session: Session, case: Case, reader: Reader) -> Context | None:
    sheet = plan_sheet(session, case, sections=reader.sections, cycle=cycle)
    return plan_document(sheet, proof=reader.proof, case=case) if sheet else None


def _decision(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    sheet = decision_sheet(session, case, row_id, sections=reader.sections)
    return decision_document(sheet, proof=reader.proof, case=case) if sheet else None


def _separation(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    found = separations_of(session, case.id, sections=reader.sections, only=row_id)
    office = office_of(session, case)
    if not found or office is None:
        return None
    child = child_lines(case, reader.sections)
    more = {"sections": reader.sections, "proof": reader.proof}
    return separation_document(found[0], child, office, case=case, **more)  # type: ignore[arg-type]


def _handover(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    found = placements_of(session, case.id, sections=reader.sections, only=row_id)
    office = office_of(session, case)
    if not found or office is None:
        return None
    child = child_lines(case, reader.sections)
    more = {"sections": reader.sections, "proof": reader.proof}
    return handover_document(found[0], child, office, case=case, **more)  # type: ignore[arg-type]


def _review(row_id: UUID, session: Session, case: Case, reader: Reader) -> Context | None:
    sheet = review_sheet(session, case, row_id, sections=reader.sections)
    return review_document(sheet, reader.sections, proof=reader.proof, case=case) if sheet else None


def _support(session: Session, case: Case, reader: Reader) -> Context:
    return _listed(support_list(session, case, reader.sections), case, reader)


def _files(session: Session, case: Case, reader: Reader) -> Context:
    return _listed(files_list(session, case, reader.sections), case, reader)


def _timeline(
    sheet: tuple[datetime, UUID, int], session: Session, case: Case, reader: Reader
) -> Context:
    return _listed(timeline_list(session, case, reader.sections, sheet), case, reader)


def _listed(found: Context, case: Case, reader: Reader) -> Context:
    return {
        "title": f"{found['heading']} - {case.number}",
        "subject": f"Hồ sơ {case.number}",
        "proof": reader.proof,
        **found,
    }
