"""The needs meetings in words: the list of a case, and the printed minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed, sections_of
from app.cases.labels import label_of
from app.cases.models import Case, CaseConference, ConferencePerson
from app.cases.pages.documents import CLOSED, VI, moment_words
from app.cases.pages.links import link
from app.cases.queries.conferences import ConferenceView, family_names
from app.cases.queries.owner import names_for_meeting
from app.documents.letterhead import Office
from app.people.models import Child
from app.reference.library import code_list, form_definition
from app.web.filters import vn_date, vn_datetime
from app.web.words import _


@dataclass(frozen=True, slots=True)
class Participant:
    role: str
    name: str
    agency: str
    input: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One thing to do. `url` finishes it, "" for who may not or when it is done."""

    what: str
    who: str
    due: str
    is_late: bool
    done: str
    url: str


@dataclass(frozen=True, slots=True)
class ConferenceCard:
    """One meeting as it stands on the page; empty texts are left out."""

    anchor: str
    title: str
    when: str
    place: str
    is_held: bool
    people: tuple[Participant, ...]
    texts: tuple[tuple[str, str], ...]
    actions: tuple[ActionLine, ...]
    foot: str
    edit_url: str
    print_url: str


def conference_cards(
    found: Sequence[ConferenceView], *, case: Case, actor: Actor, today: date
) -> list[ConferenceCard]:
    may_edit = not case.is_ended and is_allowed(actor, Permission.MEETING_RECORD, case)
    return [_card(view, case, today, may_edit=may_edit) for view in found]


def _card(view: ConferenceView, case: Case, today: date, *, may_edit: bool) -> ConferenceCard:
    row, here = view.row, {"case_id": case.id, "conference_id": view.row.id}
    return ConferenceCard(
        anchor=f"m-{row.id.hex[-12:]}",
        title=_("Biên bản cuộc họp") if row.is_held else _("Lịch họp"),
        when=vn_datetime(row.happened_at),
        place=row.place or "",
        is_held=row.is_held,
        people=tuple(
            Participant(
                label_of("conference_roles", person.role),
                person.name or "",
                person.agency or "",
                person.input or "",
                person.is_present,
            )
            for person in row.people
        ),
        texts=tuple((label, text) for label, text in _texts(row) if text),
        actions=tuple(_actions(row, case, today, may_edit=may_edit)),
        foot=_("%(name)s ghi lúc %(when)s", name=view.by_name, when=vn_datetime(row.typed_at)),
        edit_url=link("meetings.edit", **here) if may_edit else "",
        print_url=link("meetings.minutes", **here) if row.is_held else "",
    )


def _texts(row: CaseConference) -> list[tuple[str, str | None]]:
    voice = _("Ý kiến, nguyện vọng của trẻ em")
    if row.child_represented_by:
        voice = _("Ý kiến của trẻ em, do %(name)s nói thay", name=row.child_represented_by)
    return [
        (_("Tình hình của trẻ em"), row.situation),
        (voice, row.child_view),
        (_("Ý kiến của gia đình"), row.family_view),
        (_("Kết luận, quyết định"), row.decisions),
        (_("Ý kiến khác"), row.dissent),
    ]


def _actions(row: CaseConference, case: Case, today: date, *, may_edit: bool) -> list[ActionLine]:
    return [
        ActionLine(
            what=action.what or "",
            who=", ".join(filter(None, (action.owner, action.unit))),
            due=vn_date(action.due_on) if action.due_on else "",
            is_late=action.done_at is None and action.due_on is not None and action.due_on < today,
            done=vn_datetime(action.done_at) if action.done_at else "",
            url=link("meetings.finish", case_id=case.id, action_id=action.id)
            if may_edit and row.is_held and action.done_at is None
            else "",
        )
        for action in row.actions
    ]


def first_people(session: Session, actor: Actor, case: Case) -> dict[str, object]:
    """Whom the article names, as far as the file knows them: nobody is typed twice."""
    chair, worker = names_for_meeting(session, case)
    family = family_names(session, case.child_id, sections=sections_of(actor))
    people = [
        {"role": "chair", "name": chair or "", "is_present": chair is not None},
        {"role": "cp_worker", "name": worker or actor.name, "is_present": True},
        *({"role": "family", "name": name} for _relation, name in family),
        {"role": "neighbourhood"},
    ]
    return {"people": people}


def minutes_document(
    view: ConferenceView,
    *,
    case: Case,
    child: Child,
    office: Office | None,
    sections: frozenset[Section],
    proof: str,
) -> dict[str, object]:
    """The context of templates/documents/minutes.html; a document of the law is Vietnamese."""
    row, roles = view.row, code_list("conference_roles")
    form = form_definition("minutes")
    return {
        "title": f"Biên bản họp - {case.number}",
        "text": {key: form.document_text(key, VI) for key in form.document},
        "office": office,
        "number": f"Số: ……/BB-{office.sign}" if office else "",
        "day": row.happened_at,
        "case_number": case.number,
        "child": child.full_name if Section.IDENTITY in sections else CLOSED,
        "moment": moment_words(row.happened_at),
        "place": row.place,
        "present": [_printed(p, roles.label(p.role, VI)) for p in row.people if p.is_present],
        "absent": [_printed(p, roles.label(p.role, VI)) for p in row.people if not p.is_present],
        "inputs": [(p.agency or roles.label(p.role, VI), p.input) for p in row.people if p.input],
        "row": row,
        "actions": [
            (
                str(number),
                action.what,
                ", ".join(filter(None, (action.owner, action.unit))),
                clock_date(action.due_on),
            )
            for number, action in enumerate(row.actions, 1)
        ],
        "chair": next((p.name for p in row.people if p.role == "chair" and p.is_present), None),
        "secretary": next(
            (p.name for role in ("secretary", "cp_worker") for p in row.people if p.role == role),
            view.by_name,
        ),
        "proof": proof,
    }


def clock_date(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _printed(person: ConferencePerson, role: str) -> str:
    """Nguyễn Văn A, Trưởng trạm Y tế (Y tế)"""
    return f"{', '.join(filter(None, (person.name, person.agency)))} ({role})"
