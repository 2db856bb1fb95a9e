"""“Why did you open this file?” in words: for who is asked, and for the supervisor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.auth.actor import Actor
from app.cases.labels import label_of
from app.cases.pages.home import Waiting
from app.cases.pages.links import key_text, link
from app.cases.pages.log import Tab
from app.cases.queries.pending import Asked
from app.oversight.queries.findings import COUNTED
from app.oversight.queries.questions import AskedLine, OwnQuestion
from app.reference.library import code_list
from app.web.filters import number, remaining, vn_date, vn_datetime
from app.web.words import _

OTHER_REASON = "other"  # needs words


@dataclass(frozen=True, slots=True)
class QuestionRow:
    title: str
    about: str
    state: str
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class AskedRow:
    who: str
    title: str
    answer: str
    tone: str
    words: str
    about: str
    readers_url: str
    see_url: str


def title_of(case: str | None, day: str) -> str:
    if case:
        return _("Bạn mở hồ sơ %(number)s ngày %(day)s để làm gì?", number=case, day=day)
    return _("Ngày %(day)s bạn mở nhiều hồ sơ, hoặc mở ngoài giờ: để làm gì?", day=day)


def question_rows(rows: Sequence[OwnQuestion], now: datetime) -> list[QuestionRow]:
    return [
        QuestionRow(
            title=title_of(one.number, vn_date(one.read_on)),
            about=_source(is_sample=one.is_sample),
            state=label_of("reading_answers", one.answer)
            if one.answer
            else remaining(one.due_at, now),
            tone="ok" if one.answer else "danger" if one.due_at < now else "warn",
            url="" if one.answer else link("questions.answer", question_id=one.id),
        )
        for one in rows
    ]


@dataclass(frozen=True, slots=True)
class QuestionPage:
    title: str
    about: str
    answered: str
    choices: Sequence[tuple[str, str]]
    url: str
    case_url: str


def question_page(one: OwnQuestion, now: datetime) -> QuestionPage:
    return QuestionPage(
        title=title_of(one.number, vn_date(one.read_on)),
        about=f"{_source(is_sample=one.is_sample)}, {remaining(one.due_at, now)}",
        answered=label_of("reading_answers", one.answer) if one.answer else "",
        choices=[
            (code, words)
            for code, words in code_list("reading_answers").choices()
            if code != OTHER_REASON
        ],
        url=link("questions.answer", question_id=one.id),
        case_url=link("cases.show", case_id=one.case_id) if one.case_id and one.is_open else "",
    )


def older_url(endpoint: str, rows: Sequence[OwnQuestion | AskedLine], limit: int, show: str) -> str:
    if len(rows) <= limit:
        return ""
    last, kept = rows[limit - 1], f"show={show}&" if show else ""
    return f"{link(endpoint)}?{kept}after={key_text(last.due_at, last.id)}"


def asked_tabs(show: str) -> tuple[Tab, ...]:
    base = link("questions.asked")
    return (
        Tab(_("Cần xem"), base, show == ""),
        Tab(_("Tất cả"), f"{base}?show=all", show == "all"),
    )


def asked_rows(rows: Sequence[AskedLine], now: datetime) -> list[AskedRow]:
    return [_asked(one, now) for one in rows]


def _asked(one: AskedLine, now: datetime) -> AskedRow:
    day = vn_date(one.read_on)
    about = [_source(is_sample=one.is_sample)]
    if one.answered_at:
        about.append(_("trả lời lúc %(when)s", when=vn_datetime(one.answered_at)))
    if one.seen_at:
        about.append(_("đã xem lúc %(when)s", when=vn_datetime(one.seen_at)))
    is_late = one.answered_at is None and one.due_at < now
    left = remaining(one.due_at, now)
    return AskedRow(
        who=f"{one.name}, {one.unit}",
        title=_("Hồ sơ %(number)s, ngày %(day)s", number=one.number, day=day)
        if one.number
        else _("Việc đọc hồ sơ ngày %(day)s", day=day),
        answer=label_of("reading_answers", one.answer)
        if one.answer
        else _("chưa trả lời, %(left)s", left=left),
        tone="warn" if is_late or one.answer in ("mistake", "other") else "",
        words=one.words or "",
        about=" · ".join(about),
        readers_url=link("readings.of_case", case_id=one.case_id) if one.case_id else "",
        see_url=link("questions.see", answered_id=one.id) if _may_see(one, now) else "",
    )


def _may_see(one: AskedLine, now: datetime) -> bool:
    return one.seen_at is None and (one.answered_at is not None or one.due_at < now)


def _source(*, is_sample: bool) -> str:
    return _("câu hỏi hằng tuần, chọn ngẫu nhiên") if is_sample else _("giám sát hỏi")


def reading_news(one: Asked, _actor: Actor) -> Waiting:
    """What is new about readings of files, as one of the things that wait for a supervisor."""
    findings, answers, own = (int(one.about[name]) for name in ("findings", "answers", "own"))
    words = [
        _counted(findings, _("%(n)s lần đọc nên xem lại")) if findings else "",
        _counted(answers, _("%(n)s câu hỏi, trả lời cần xem")) if answers else "",
        _counted(own, _("%(n)s câu hỏi cho bạn")) if own else "",
    ]
    endpoint = "readings.index" if findings else "questions.asked" if answers else "questions.index"
    return Waiting(
        what=_("Việc đọc hồ sơ"),
        why=", ".join(filter(None, words)),
        when="",
        url=link(endpoint),
        may_decide=True,
    )


def _counted(count: int, words: str) -> str:
    return words % {"n": f"{COUNTED}+" if count > COUNTED else number(count)}
