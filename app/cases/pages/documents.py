"""The printed forms in words: a document of the law is Vietnamese, whatever its reader chose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.account import ACCOUNT
from app.cases.enums import OverrideState, RiskLevel
from app.cases.models import Case
from app.cases.queries.audit import Proof
from app.cases.queries.documents import AssessmentSheet, ChildView, NeedView, ReportSheet, Seal
from app.cases.scoring import Counts, Score, score_form
from app.core import clock
from app.core.dates import DatePrecision, PartialDate
from app.people.models import DobPrecision
from app.reference.communes import UnknownCommune, commune
from app.reference.form_definition import FormDefinition, FormField, Group, RatedItem
from app.reference.library import code_list
from app.web.filters import decree_date

VI = "vi"
CLOSED = "(không thuộc phạm vi xem)"
INFORMANT = "Thông tin được giữ riêng."
LEVELS = (RiskLevel.HIGH, RiskLevel.MEDIUM, RiskLevel.LOW)
_OVERRIDES = {
    OverrideState.PENDING: "Đang chờ người thứ hai ký; mức tính theo bảng vẫn được áp dụng.",
    OverrideState.APPROVED: "Đồng ý hạ mức.",
    OverrideState.REFUSED: "Không đồng ý hạ mức.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a form. `notes` are the numbers of the notes it refers to."""

    label: str
    notes: str
    value: str | None
    is_closed: bool
    is_long: bool


Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """One rated item: what each level means, and which was chosen."""

    label: str
    meanings: tuple[tuple[str, str], ...]
    chosen: tuple[bool, bool, bool]


def report_document(
    sheet: ReportSheet, sections: frozenset[Section], *, proof: str, case: Case
) -> dict[str, object]:
    """The context of templates/documents/form01.html."""
    form, facts = sheet.form, sheet.facts
    values = _report_values(sheet)
    lines = {
        field.name: Line(
            label=field.label.in_locale(VI),
            notes=_note_of(form, field.name),
            value=values.get(field.name),
            is_closed=_section_of(field, sheet) not in sections,
            is_long=field.type == "long_text",
        )
        for field in form.fields
    }
    return {
        "title": f"{form.number} - {case.number}",
        "text": form_texts(form),
        "notes": [(note.number, note.text.in_locale(VI)) for note in form.notes],
        "office": sheet.office,
        "number": _number(sheet),
        "day": sheet.typed_at,
        "subject": _subject(sheet),
        "line": lines,
        "channels": _channels(facts.get("channel")),
        "channel": facts.get("channel"),
        "sexes": tuple(code_list("sex").choices(VI)),
        "sex": sheet.child and sheet.child.sex.value,
        "other_children": sheet.other_children if Section.EVENT in sections else 0,
        "informant": INFORMANT,
        "closed": CLOSED,
        "proof": proof,
    }


def assessment_document(
    sheet: AssessmentSheet, sections: frozenset[Section], *, proof: str, case: Case
) -> dict[str, object]:
    """The context of templates/documents/form02.html."""
    form = sheet.form
    score = score_form(form, sheet.answers, life_threatening=sheet.is_life_threatening)
    harm, protection = (
        [rated(item, sheet.answers) for item in form.items_of(group)] for group in GROUPS
    )
    return {
        "title": f"{form.number} - {case.number}",
        "text": form_texts(form),
        "office": sheet.office,
        "day": sheet.happened_at,
        "child": CLOSED if sheet.child is None else sheet.child.name,
        "birth": birth_line(sheet.child),
        "by": sheet.by,
        "moment": moment_words(sheet.happened_at),
        "levels": tuple(code_list("ratings").label(level.value, VI) for level in LEVELS),
        "harm": (harm, totals(score.harm_counts)),
        "protection": (protection, totals(score.protect_counts)),
        "conclusions": conclusions(form, score),
        "reasons": tuple(code_list("score_reasons").label(code, VI) for code in score.reasons),
        "level_lines": tuple(_level_lines(sheet)),
        "comment": sheet.comment,
        "override": _override(sheet),
        "second": (sheet.second_by, moment_words(sheet.second_at)) if sheet.second_at else None,
        "needs": [
            (row.number, row.label.in_locale(VI), _needs(row.needs, sheet.needs))
            for row in form.needs
        ],
        "services_closed": "" if Section.PLAN in sections else CLOSED,
        "proof": proof,
    }


def _section_of(field: FormField, sheet: ReportSheet) -> str:
    """Of a text that tells what happened: as the report has it."""
    return sheet.account if field.name in ACCOUNT else field.section


GROUPS: tuple[Group, Group] = ("harm", "protection")


def proof_line(case: Case, actor: Actor, now: datetime, seal: Seal | None, proof: Proof) -> str:
    """The foot of each page: case, who printed it and when, the head of the case's chain at that
    moment, and the last checkpoint of the log."""
    there = clock.local(now).strftime("%H:%M ngày %d/%m/%Y")
    printed = f"Hồ sơ {case.number} · in lúc {there} · {actor.username}"
    if proof.head is not None:
        printed += f" · chuỗi hồ sơ: {proof.events} sự kiện, {proof.head.hex()[:16]}"
    if seal is None:
        return printed
    mark = seal.root.hex()[:16]
    sealed = clock.local(seal.at).strftime("%H:%M %d/%m/%Y")
    return f"{printed} · nhật ký: {seal.size} sự kiện, {mark}, {sealed}"


def moment_words(moment: datetime) -> str:
    """14 giờ 05 phút, ngày 23 tháng 11 năm 2026."""
    return f"{clock.local(moment):%H giờ %M phút}, {decree_date(moment)}"


def form_texts(form: FormDefinition) -> dict[str, str]:
    return {key: form.document_text(key, VI) for key in form.document}


def _note_of(form: FormDefinition, name: str) -> str:
    """The notes (5) and (6) of Mẫu số 01, where the form has them."""
    known = {note.number for note in form.notes}
    wanted = "6" if name == "child_condition" else "5" if form.field(name).is_if_known else ""
    return f"({wanted})" if wanted in known else ""


def _number(sheet: ReportSheet) -> str:
    """The number as assigned: in full, or a figure to which the sign is added; dotted if none."""
    given = sheet.facts.get("doc_no") or ""
    if "/" in given:
        return f"Số: {given}"
    given = given.zfill(2) if given.isdigit() else given
    pattern = sheet.form.document_text("number_pattern", VI)
    return pattern.format(number=given or "……", agency=sheet.office.sign)


def _subject(sheet: ReportSheet) -> str:
    """The second line of the title, with the category as its suffix.

    "trẻ em" stands in the pattern already, so the category is added in its short form.
    """
    category = sheet.facts.get("category")
    suffix = ""
    if category is not None:
        code = code_list("report_categories").get(category.value)
        suffix = (code.short or code.label).in_locale(VI)
    return sheet.form.document_text("subject", VI).format(category=suffix).strip()


def _channels(chosen: str | None) -> Options:
    """The three ways that the form names, and another one where it was chosen."""
    items = code_list("channels").items
    return tuple(
        (item.code, item.label.in_locale(VI))
        for item in items
        if item.mark == "V" or item.code == chosen
    )


def _report_values(sheet: ReportSheet) -> dict[str, str | None]:
    """What was said, by the names of the form's fields; closed sections were not read."""
    facts = sheet.facts
    values: dict[str, str | None] = {
        name: text for name, text in facts.items() if isinstance(text, str)
    }
    values["received_by"] = sheet.received_by
    if facts.get("received_at"):
        values["received_at"] = moment_words(facts["received_at"])
    values["event_place"] = _place(facts.get("event_place"), facts.get("event_commune"))
    if sheet.child is not None:
        values["child_name"] = sheet.child.name
        values["dob"] = birth_words(sheet.child)
        values["est_age"] = age_words(sheet.child)
    for relation, parent in (sheet.parents or {}).items():
        values[f"{relation}_name"] = parent.name
        values[f"{relation}_occupation"] = parent.occupation
        born = parent.birth_year
        received = clock.local(sheet.typed_at).year
        values[f"{relation}_age"] = None if born is None else _years(received - born)
    return values


def _years(age: int | None) -> str | None:
    return None if age is None else f"{age} tuổi"


def _place(text: str | None, code: str | None) -> str | None:
    """The described place with commune and province."""
    parts = [text] if text else []
    if code:
        try:
            parts += [commune(code).label, "tỉnh Hưng Yên"]
        except UnknownCommune:
            parts.append(code)
    return ", ".join(parts) or None


def birth_line(child: ChildView | None) -> str | None:
    """The date of birth or the estimated age; None in, where the section is closed."""
    return CLOSED if child is None else birth_words(child) or age_words(child)


def birth_words(child: ChildView) -> str | None:
    """05/03/2017, 03/2017 or năm 2017: what is known; nothing of an estimated age."""
    if child.dob_precision in (DobPrecision.ESTIMATED, DobPrecision.UNKNOWN):
        return None
    if child.dob is None:
        return None if child.birth_year is None else f"năm {child.birth_year}"
    precision = DatePrecision(child.dob_precision.value)
    known = str(PartialDate(date.fromisoformat(child.dob), precision))
    return f"năm {known}" if precision is DatePrecision.YEAR else known


def age_words(child: ChildView) -> str | None:
    """The age as estimated at the report, where no date of birth is known."""
    is_estimated = child.dob_precision is DobPrecision.ESTIMATED
    return _years(child.estimated_age) if is_estimated else None


def rated(item: RatedItem, answers: Mapping[str, RiskLevel]) -> Rated:
    ratings = code_list("ratings")
    return Rated(
        label=f"{item.number}. {item.label.in_locale(VI)}",
        meanings=tuple(
            (ratings.label(level.value, VI), getattr(item.levels, level.value).in_locale(VI))
            for level in LEVELS
        ),
        chosen=(
            answers[item.code] is RiskLevel.HIGH,
            answers[item.code] is RiskLevel.MEDIUM,
            answers[item.code] is RiskLevel.LOW,
        ),
    )


def totals(counts: Counts) -> tuple[int, int, int]:
    return counts.high, counts.medium, counts.low


def conclusions(form: FormDefinition, score: Score) -> tuple[tuple[bool, str], ...]:
    """The conclusions of part 1.c; the ticked one follows from the ratings alone."""
    is_low = score.level is RiskLevel.LOW
    by_key = (
        ("conclusion_emergency", score.is_emergency),
        ("conclusion_between", not score.is_emergency and not is_low),
        ("conclusion_no_emergency", is_low),
    )
    return tuple((is_so, form.document_text(key, VI)) for key, is_so in by_key)


def _level_lines(sheet: AssessmentSheet) -> Iterable[tuple[str, str]]:
    levels = code_list("risk_levels")
    yield "Mức nguy cơ tính theo bảng", levels.label(sheet.computed_level.value, VI)
    if sheet.wanted_level is not sheet.computed_level or sheet.override_state is not None:
        yield "Mức nguy cơ cán bộ đề nghị", levels.label(sheet.wanted_level.value, VI)
    yield "Mức nguy cơ kết luận", levels.label(sheet.final_level.value, VI)
    yield "Tình trạng khẩn cấp", "Có" if sheet.is_emergency else "Không"


def _override(sheet: AssessmentSheet) -> tuple[str, str] | None:
    """The reason of a lower level and what became of it; None without one."""
    if sheet.override_state is None:
        return None
    return sheet.override_reason or "", _OVERRIDES[sheet.override_state]


def _needs(
    codes: Iterable[str], needs: Iterable[NeedView]
) -> list[tuple[str, str | None, str | None]]:
    """The needs that stand in one printed row: (need, service, provider)."""
    wanted, labels = set(codes), code_list("needs")
    return [
        (labels.label(need.need, VI), need.service, need.provider)
        for need in needs
        if need.need in wanted
    ]
