"""The printed Mẫu số 04 and 05 in words: Vietnamese, whatever the reader chose."""

from collections.abc import Iterator, Mapping
from datetime import date

from app.cases.models import Case
from app.cases.models.plans import ActivityState
from app.cases.pages.documents import CLOSED, VI, age_words, birth_words, form_texts, moment_words
from app.cases.plan_snapshot import Row, Snapshot
from app.cases.queries.documents import ChildView
from app.cases.queries.plan_documents import DecisionSheet, PlanSheet, Result
from app.documents.letterhead import Office
from app.reference.form_definition import FormDefinition
from app.reference.library import code_list
from app.web.filters import decree_date, vn_date

BASES = ("base_1", "base_2", "base_3", "base_4")
RECIPIENTS = ("recipient_1", "recipient_2", "recipient_3")
_RESULTS = {
    ActivityState.DOING: "Đang thực hiện",
    ActivityState.DONE: "Đã xong",
    ActivityState.NOT_DONE: "Không thực hiện",
}


def plan_document(sheet: PlanSheet, *, proof: str, case: Case) -> dict[str, object]:
    """The context of templates/documents/form04.html."""
    return {
        "title": f"{sheet.form.number} - {case.number}",
        "text": form_texts(sheet.form),
        "office": sheet.office,
        "day": sheet.edited_at,
        "case_number": case.number,
        "cycle": sheet.cycle,
        "child": _name(sheet.child),
        "birth": _birth(sheet.child),
        "plan": _content(sheet.form, sheet.snapshot, sheet.results),
        "drafter": sheet.drafted_by,
        "approver": sheet.approved_by,
        "number": sheet.number,
        "proof": proof,
    }


def decision_document(sheet: DecisionSheet, *, proof: str, case: Case) -> dict[str, object]:
    """The context of templates/documents/form05.html."""
    text = form_texts(sheet.form)
    words = _words(sheet, case)
    return {
        "title": f"{sheet.form.number} - {case.number}",
        "text": text,
        "plan_text": form_texts(sheet.plan_form),
        "office": sheet.office,
        "number": f"Số: {sheet.number}",
        "day": sheet.decided_at,
        "authority": text["authority"].format_map(words),
        "bases": [text[key].format_map(words) for key in BASES],
        "articles": [text[key].format_map(words) for key in ("article_1", "article_2")],
        "assigned": list(_assigned(sheet.snapshot)),
        "article_2_end": text["article_2_end"].format_map(words),
        "article_3": text["article_3"].format_map(words),
        "recipients": [text[key] for key in RECIPIENTS],
        "signer": sheet.decided_by,
        "annex_line": text["annex_line"].format_map(words),
        "child": _name(sheet.child),
        "birth": _birth(sheet.child),
        "case_number": case.number,
        "plan": _content(sheet.plan_form, sheet.snapshot, {}),
        "voided": text["voided"].format_map(words) if sheet.voided_at else "",
        "proof": proof,
    }


def _words(sheet: DecisionSheet, case: Case) -> dict[str, str]:
    """What stands in the blanks of the decision."""
    submitted = sheet.submitted_at
    return {
        "issuer": sheet.office.issuer,
        "place": _place(sheet.office),
        "submitted": vn_date(submitted) if submitted else "……",
        "child": _name(sheet.child) or "……",
        "birth": _birth(sheet.child) or "……",
        "number": sheet.number if sheet.number else "……",
        "case": case.number,
        "day": decree_date(sheet.decided_at),
        "moment": moment_words(sheet.voided_at) if sheet.voided_at else "",
    }


def _place(office: Office) -> str:
    """phường Phố Hiến: the commune as it stands inside a sentence."""
    return office.issuer.removeprefix("Ủy ban nhân dân ").strip()


def _name(child: ChildView | None) -> str | None:
    return CLOSED if child is None else child.name


def _birth(child: ChildView | None) -> str | None:
    return CLOSED if child is None else birth_words(child) or age_words(child)


def _assigned(snapshot: Snapshot) -> Iterator[str]:
    """Who does what by when, one line for each who is responsible."""
    tasks: dict[str, list[str]] = {}
    for number, row in enumerate(snapshot["activities"], start=1):
        tasks.setdefault(_responsible(row), []).append(str(number))
    for who, numbers in tasks.items():
        yield f"{who}: hoạt động {', '.join(numbers)}"


def _content(
    form: FormDefinition, snapshot: Snapshot, results: Mapping[str, Result]
) -> dict[str, object]:
    """The plan as the partial documents/_plan.html lays it out."""
    needs = code_list("needs")
    return {
        "text": form_texts(form),
        "problems": [(needs.label(row["domain"], VI), row["text"]) for row in snapshot["problems"]],
        "general_goal": snapshot["general_goal"],
        "goals": [(needs.label(row["domain"], VI), row["text"]) for row in snapshot["goals"]],
        "activities": [_activity(row, results.get(row["id"])) for row in snapshot["activities"]],
        "monitoring": snapshot["monitoring"],
        "review_on": _day(snapshot["review_on"]),
    }


def _activity(row: Row, result: Result | None) -> dict[str, str]:
    services = code_list("intervention_types")
    return {
        "what": row["what"] or "",
        "service": services.label(row["service_type"], VI),
        "responsible": _responsible(row),
        "coordinating": row["coordinating"] or "",
        "resources": row["resources"] or "",
        "starts_on": _day(row["starts_on"]),
        "ends_on": _day(row["ends_on"]),
        "result": _result(result),
    }


def _responsible(row: Row) -> str:
    parts = (row["responsible_unit"], row["responsible"])
    return "; ".join(part for part in parts if part) or "……"


def _result(result: Result | None) -> str:
    if result is None or result.state == ActivityState.PLANNED:
        return ""
    day = f" ngày {result.done_on:%d/%m/%Y}" if result.done_on else ""
    words = f"{_RESULTS[ActivityState(result.state)]}{day}"
    return f"{words}: {result.text}" if result.text else words


def _day(text: str | None) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}" if text else ""
