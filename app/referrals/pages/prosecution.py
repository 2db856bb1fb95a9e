"""The requests to prosecute of a case in words, and the document itself (Decree 30/2020)."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, is_allowed
from app.cases.labels import label_of
from app.cases.models import Case, CaseFile
from app.cases.pages.documents import CLOSED, form_texts
from app.cases.pages.links import link
from app.cases.queries.care_documents import ChildLines
from app.documents.letterhead import Office
from app.people.fields import commune_label
from app.reference.library import code_list, form_definition
from app.referrals.enums import ProsecutionState, ResultSource
from app.referrals.models import ProsecutionRequest, ProsecutionResult
from app.referrals.queries.prosecution import SECTION, RequestView
from app.web.filters import vn_date, vn_datetime
from app.web.words import _

S = ProsecutionState
P = Permission
VI = "vi"
INVESTIGATORS = "Cơ quan Cảnh sát điều tra"  # a unit of this name is addressed by it alone


@dataclass(frozen=True, slots=True)
class ResultLine:
    label: str
    about: str
    note: str


@dataclass(frozen=True, slots=True)
class RequestCard:
    """One request; an empty address: not now, or not by this reader."""

    title: str
    word: str
    tone: str
    to: str
    facts: str
    suspect: str
    procuracy: str
    files: tuple[str, ...]
    returned: str
    informed: str
    must_inform: bool
    results: tuple[ResultLine, ...]
    edit_url: str
    submit_url: str
    sign_url: str
    procuracy_url: str
    result_url: str
    paper_url: str


@dataclass(frozen=True, slots=True)
class ProsecutionPage:
    cards: tuple[RequestCard, ...]
    new_url: str
    is_closed: bool


def prosecution_page(
    views: Sequence[RequestView],
    files: Sequence[CaseFile],
    *,
    actor: Actor,
    case: Case,
    sections: frozenset[Section],
) -> ProsecutionPage:
    """What was written is open to a role that opens police and justice. `files`: the documents
    that the reader opens."""
    is_open = SECTION in sections
    can_write = is_allowed(actor, P.REFERRAL_SEND, case) and not case.is_ended
    has_unsigned = any(view.row.signed_at is None for view in views)
    new = link("prosecution.edit", case_id=case.id) if can_write and not has_unsigned else ""
    cards = tuple(_card(view, files, actor, case) for view in views) if is_open else ()
    return ProsecutionPage(cards, new, is_closed=not is_open)


def summary(
    row: ProsecutionRequest, files: Sequence[CaseFile], *, child: str | None
) -> list[tuple[str, str]]:
    """What the Chair signs, line by line, as it stands on the paper. `child`: the name, for who may
    read it."""
    return [
        (_("Gửi"), row.to_unit.name),
        *([(_("Trẻ em"), child)] if child else []),
        (_("Sự việc"), row.facts or ""),
        (_("Người bị cho là đã thực hiện hành vi"), row.suspect or _("chưa biết")),
        (_("Viện kiểm sát được báo"), row.procuracy or ""),
        (_("Tài liệu gửi kèm"), "; ".join(_files(row, files)) or _("không có")),
    ]


def _card(view: RequestView, files: Sequence[CaseFile], actor: Actor, case: Case) -> RequestCard:
    row, is_open = view.row, not case.is_ended
    sends = is_allowed(actor, P.REFERRAL_SEND, case)
    signs = is_allowed(actor, P.PROSECUTION_SIGN, case) and is_open
    unsigned = sends and is_open and row.signed_at is None
    word, tone = _state(row)

    def url(endpoint: str, may: bool, *, of_row: bool = False) -> str:
        more = {"prosecution_id": row.id} if of_row else {}
        return link(f"prosecution.{endpoint}", case_id=case.id, **more) if may else ""

    is_signed = row.state is S.SIGNED
    return RequestCard(
        title=_("Kiến nghị số %(number)s", number=row.number) if row.number else _("Bản thảo"),
        word=word,
        tone=tone,
        to=row.to_unit.name,
        facts=row.facts or "",
        suspect=row.suspect or "",
        procuracy=row.procuracy or "",
        files=tuple(_files(row, files)),
        returned=row.returned or "" if row.state is S.DRAFT else "",
        informed=_informed(row),
        must_inform=is_signed and row.informed_on is None,
        results=tuple(_result(one) for one in view.results),
        edit_url=url("edit", unsigned),
        submit_url=url("submit", unsigned and row.state is S.DRAFT),
        sign_url=url("sign", signs and row.state is S.SUBMITTED),
        procuracy_url=url(
            "procuracy", sends and is_signed and row.informed_on is None, of_row=True
        ),
        result_url=url("result", sends and is_signed, of_row=True),
        paper_url=url("paper", is_allowed(actor, P.DOCUMENT_PRINT, case), of_row=True),
    )


def _state(row: ProsecutionRequest) -> tuple[str, str]:
    if row.state is S.SIGNED and row.signed_at is not None:
        return _("Đã ký, gửi %(when)s", when=vn_datetime(row.signed_at)), "ok"
    if row.state is S.SUBMITTED:
        return _("Chờ Chủ tịch ký"), "warn"
    return _("Đang soạn"), ""


def _informed(row: ProsecutionRequest) -> str:
    if row.informed_on is None:
        return ""
    return _(
        "%(body)s, văn bản số %(number)s ngày %(day)s",
        body=row.procuracy or "",
        number=row.informed_number,
        day=vn_date(row.informed_on),
    )


def _result(one: ProsecutionResult) -> ResultLine:
    day, number = vn_date(one.decided_on), one.number
    by = (
        _("cán bộ điều tra ghi")
        if one.source is ResultSource.OFFICER
        else _("ghi theo văn bản nhận được")
    )
    return ResultLine(
        label=label_of("prosecution_results", one.code),
        about=_("số %(number)s ngày %(day)s · %(by)s", number=number, day=day, by=by),
        note=one.note or "",
    )


# --- the document


def prosecution_document(
    request: ProsecutionRequest,
    child: ChildLines | None,
    files: Sequence[CaseFile],
    *,
    case: Case,
    is_open: bool,
    proof: str,
) -> dict[str, object]:
    """The context of templates/documents/prosecution.html. `is_open`: the reader opens police and
    justice; `files`: the documents that the reader opens."""
    text = form_texts(form_definition("prosecution", version=request.form_version))
    unit = request.unit
    office = Office(unit.name, unit.kind, unit.commune_code)
    words = {
        "police": request.to_unit.name,
        "issuer": office.issuer,
        "case": case.number,
        "procuracy": (request.procuracy if is_open else None) or "Viện kiểm sát nhân dân",
    }
    number, is_named = request.number, request.to_unit.name.startswith(INVESTIGATORS)
    return {
        "title": f"Kiến nghị khởi tố - {case.number}",
        "text": {key: words_of.format_map(_Known(words)) for key, words_of in text.items()}
        | ({"addressed": request.to_unit.name} if is_named else {}),
        "office": office,
        "is_draft": request.signed_at is None,
        "number": text["number_pattern"].format(number=number) if number else text["number_open"],
        "day": request.signed_at,
        "child": _child(child),
        "facts": (request.facts if is_open else CLOSED) or "",
        "suspect": (request.suspect if is_open else CLOSED) or text["unknown"],
        "files": _files(request, files) if is_open else [CLOSED],
        "signer": request.signer.name if request.signer else None,
        "proof": proof,
    }


class _Known(dict[str, str]):
    """A blank that is filled elsewhere stays as it is."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _child(child: ChildLines | None) -> list[tuple[str, str | None]]:
    if child is None:
        return [("Họ và tên", CLOSED)]
    return [
        ("Họ và tên", child.name),
        ("Ngày, tháng, năm sinh", child.birth),
        ("Giới tính", code_list("sex").label(child.sex.value, VI)),
        ("Nơi cư trú", commune_label(child.commune) or None),
    ]


def _files(request: ProsecutionRequest, known: Sequence[CaseFile]) -> list[str]:
    """Those that the reader opens by their titles; that there are others is said."""
    sent = [file for file in known if str(file.id) in request.file_ids]
    others = [CLOSED] if len(sent) < len(request.file_ids) else []
    return [*map(_file, sent), *others]


def _file(file: CaseFile) -> str:
    kind = code_list("file_kinds").label(file.kind, VI)
    return f"{file.title} ({kind.lower()}), ngày {vn_date(file.happened_at)}"
