"""Mẫu số 07 and the minutes of a hand-over in words: a document of the law is Vietnamese."""

from datetime import datetime

from app.auth.permissions import Section
from app.cases.models import Case
from app.cases.pages.documents import CLOSED, VI, moment_words
from app.cases.queries.care import PlacementView, SeparationView
from app.cases.queries.care_documents import ChildLines
from app.cases.services.separation_draft import SHELTER
from app.documents.letterhead import Office
from app.people.fields import commune_label
from app.reference.library import code_list, form_definition
from app.web.filters import vn_date

Entry = tuple[str, str | None]
_PROVINCE = "tỉnh Hưng Yên"


def separation_document(
    view: SeparationView,
    child: ChildLines | None,
    office: Office,
    *,
    sections: frozenset[Section],
    proof: str,
    case: Case,
) -> dict[str, object]:
    """The context of templates/documents/form07.html. Never the address of the place."""
    form = form_definition("form07", version=view.form_version)
    text = {key: form.document_text(key, VI) for key in form.document}
    is_decided = view.decided_at is not None
    return {
        "title": f"{form.number} - {case.number}",
        "text": text,
        "office": office,
        "is_draft": not is_decided,
        "number": text["number_pattern"].format(number=view.number)
        if view.number
        else text["number_open"],
        "day": view.decision_on,
        "authority": text["authority"].format(issuer=office.issuer),
        "bases": _bases(text, view, case),
        "entries": _child_entries(text, child, sections) + _separation_entries(text, view),
        "article_2": text["article_2"].format(commune=_small(commune_label(office.commune_code))),
        "signed_by": view.decided_name if is_decided else None,
        "proof": proof,
    }


def handover_document(
    view: PlacementView,
    child: ChildLines | None,
    office: Office,
    *,
    sections: frozenset[Section],
    proof: str,
    case: Case,
) -> dict[str, object]:
    """The context of templates/documents/handover.html; for a child that was handed over."""
    form = form_definition("handover")
    text = {key: form.document_text(key, VI) for key in form.document}
    return {
        "title": f"{form.number} - {case.number}",
        "text": text,
        "office": office,
        "number": text["number_pattern"],
        "day": view.handed_over_at,
        "basis": text["basis"].format(
            number=view.number or "……",
            day=vn_date(view.decision_on),
            issuer=office.issuer,
            case=case.number,
        ),
        "moment": view.handed_over_at and moment_words(view.handed_over_at),
        "present": view.handover_present,
        "child": _child_entries(text, child, sections),
        "carer": _carer_entries(text, view, sections),
        "note": view.handover_note,
        "receiver": view.carer_name,
        "proof": proof,
    }


def _small(label: str) -> str:
    """“phường Phố Hiến”, inside a sentence."""
    return label[:1].lower() + label[1:]


def _bases(text: dict[str, str], view: SeparationView, case: Case) -> list[str]:
    last = text["basis_alone" if view.is_chair_alone else "basis_proposal"]
    known = [text[key] for key in ("basis_1", "basis_2", "basis_3", "basis_4")]
    return [*(words.format(case=case.number) for words in known), last]


def _child_entries(
    text: dict[str, str], child: ChildLines | None, sections: frozenset[Section]
) -> list[Entry]:
    """Who the child is, as far as the reader may print it."""
    if child is None:
        return [(text["child"], CLOSED)]
    found: list[Entry] = [
        (text["child"], child.name),
        (text["birth"], child.birth),
        (text["sex"], code_list("sex").label(child.sex, VI)),
    ]
    if "residence" in text:
        found.append((text["residence"], _residence(child, sections)))
    return found


def _residence(child: ChildLines, sections: frozenset[Section]) -> str:
    place = CLOSED if Section.CONTACT not in sections else child.residence
    commune = commune_label(child.commune)
    return ", ".join(filter(None, (place, commune, _PROVINCE if commune else "")))


def _separation_entries(text: dict[str, str], view: SeparationView) -> list[Entry]:
    found: list[Entry] = [
        (text["from_whom"], view.from_whom),
        (text["reason"], code_list("separation_reasons").label(view.reason, VI)),
        (text["grounds"], view.grounds),
        (text["place"], _place(text, view)),
        (text["carer"], view.carer_meanwhile),
        (text["term"], _term(text, view.started_at, view.first_ends_at)),
    ]
    if view.is_longer_ordered:
        words = ", ".join(filter(None, (view.ordered_by, view.order_document)))
        found.append((text["ordered"], words))
    return found


def _place(text: dict[str, str], view: SeparationView) -> str:
    """Its name. A shelter's is kept back: the decision goes to those whom the child is kept
    from."""
    if view.place_kind == SHELTER or not view.place_name:
        return text["place_kept"]
    return view.place_name


def _term(text: dict[str, str], start: datetime, end: datetime) -> str:
    return text["term_pattern"].format(start=moment_words(start), end=moment_words(end))


def _carer_entries(
    text: dict[str, str], view: PlacementView, sections: frozenset[Section]
) -> list[Entry]:
    address = view.address if Section.CONTACT in sections else CLOSED
    return [
        (text["form"], code_list("care_forms").label(view.form, VI)),
        (text["carer"], view.carer_name),
        (text["relation"], view.relation),
        (text["address"], address),
    ]
