"""Several assessments side by side: items as rows, assessments as columns, the change drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.cases.enums import RiskLevel
from app.cases.forms.specific import NO_PROBLEM
from app.cases.labels import label_of
from app.cases.models import InitialAssessment, SpecificAssessment
from app.reference.form_definition import FormDefinition
from app.web.filters import vn_date
from app.web.words import _

_RANK = {NO_PROBLEM: 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3}
_TONES = {"LOW": "ok", "MEDIUM": "warn", "HIGH": "danger"}
_TONES_OF_GOOD = {"HIGH": "ok", "MEDIUM": "warn", "LOW": "danger"}


@dataclass(frozen=True, slots=True)
class Cell:
    """An answer, and how it differs from the one before it: an arrow, words, "better" or "worse"
    for the colour; all empty for the first answer."""

    word: str
    tone: str = ""
    arrow: str = ""
    change: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under a heading; `help` says how to read them."""

    title: str
    lines: tuple[Line, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`columns` are (date, who), the first assessment first."""

    caption: str
    columns: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]


Assessed = Sequence[tuple[InitialAssessment | SpecificAssessment, str]]


def compare_items(caption: str, form: FormDefinition, assessed: Assessed) -> Comparison:
    """The ratings and the level of assessments of one form, the first first.

    `form` gives the items: those an old version had beyond it are not compared.
    """
    rows = [row for row, _by in assessed]
    ratings = {
        item.code: (str(item.label), [row.answers.get(item.code) for row in rows])
        for item in form.items
    }
    return Comparison(
        caption,
        _columns(assessed),
        (
            Block(_("Kết luận"), (_levels(rows),)),
            Block(
                _("Mức độ tổn hại"),
                tuple(_line(*ratings[item.code]) for item in form.items_of("harm")),
            ),
            Block(
                _("Khả năng tự bảo vệ, phục hồi"),
                tuple(_good_line(*ratings[item.code]) for item in form.items_of("protection")),
                _("Ở phần này, Cao là tốt."),
            ),
        ),
    )


def compare_needs(
    form: FormDefinition, assessed: Sequence[tuple[SpecificAssessment, str]]
) -> Comparison:
    """How serious each domain was, the first assessment first."""
    severities = [{need.domain: need.severity.value for need in row.needs} for row, _by in assessed]
    lines = tuple(
        _line(str(domain.label), [s.get(domain.needs[0], NO_PROBLEM) for s in severities])
        for domain in form.needs
    )
    return Comparison(
        _("Vấn đề, nhu cầu theo lĩnh vực"), _columns(assessed), (Block(_("Lĩnh vực"), lines),)
    )


def _columns(assessed: Assessed) -> tuple[tuple[str, str], ...]:
    return tuple((vn_date(row.happened_at), by) for row, by in assessed)


def _levels(rows: Iterable[InitialAssessment | SpecificAssessment]) -> Line:
    levels: list[RiskLevel] = [row.final_level for row in rows]
    return _line(_("Mức nguy cơ"), [level.value for level in levels])


def _line(label: str, answers: Sequence[str | None]) -> Line:
    words = (_("nặng hơn"), _("nhẹ hơn"))
    return Line(label, tuple(_cells(answers, words, _TONES, graver_up=True)))


def _good_line(label: str, answers: Sequence[str | None]) -> Line:
    words = (_("tốt hơn"), _("kém hơn"))
    return Line(label, tuple(_cells(answers, words, _TONES_OF_GOOD, graver_up=False)))


def _cells(
    answers: Sequence[str | None],
    words: tuple[str, str],
    tones: Mapping[str, str],
    *,
    graver_up: bool,
) -> Iterable[Cell]:
    """`words` for an answer that is higher, and for one that is lower than the one before."""
    before: str | None = None
    for answer in answers:
        if answer is None:
            yield Cell("–")
            continue
        word, tone = _word(answer), tones.get(answer, "")
        difference = _RANK[answer] - _RANK[before] if before else 0
        if before is None:
            yield Cell(word, tone)
        elif difference == 0:
            yield Cell(word, tone, "=", _("như cũ"))
        else:
            is_up = difference > 0
            verdict = "worse" if is_up is graver_up else "better"
            yield Cell(word, tone, "↑" if is_up else "↓", words[0 if is_up else 1], verdict)
        before = answer


def _word(answer: str) -> str:
    return _("Không") if answer == NO_PROBLEM else label_of("ratings", answer)
