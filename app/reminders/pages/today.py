"""What the first pages say of what is due: rows of Today, a line, a card, decisions that wait."""

from datetime import date, datetime

from flask import render_template
from sqlalchemy import select

from app.auth.actor import Actor
from app.cases.pages.home import TODAY_ROWS, More, Todo
from app.cases.pages.links import link
from app.cases.queries.home import OTHER, PRESSING, SOON_DUE
from app.cases.queries.pending import Pending
from app.core.db import NIL, db
from app.oversight.pages.questions import title_of
from app.oversight.queries.questions import KIND
from app.reminders.pages.lists import address
from app.reminders.pages.of_units import of_units
from app.reminders.pages.reach import has_mail_for
from app.reminders.pages.words import (
    asked_words,
    chip_of,
    kind_words,
    snoozed_words,
    way_to,
    with_doer,
)
from app.reminders.policy import PERSONAL
from app.reminders.queries.lists import DueRow, View, due_today, escalated
from app.reminders.queries.own import may_be_asked
from app.reminders.queries.today import TodayRow, due_now
from app.web.filters import vn_date
from app.web.words import _

SHOWN = 5
# The law says at once: before all else until it is done. What one set oneself is due with clocks.
_TIERS = {"procuracy": PRESSING, PERSONAL: SOON_DUE}


def more_of_today(actor: Actor, now: datetime) -> More:
    """One statement."""
    rows, total = due_now(db.session, actor, now=now, limit=TODAY_ROWS)
    return More([_todo(row, actor, now) for row in rows], total)


def _question(row: TodayRow, now: datetime) -> Todo:
    """Why one opened a file; the page of the answer, not the file."""
    page = link("questions.answer", question_id=row.subject_id)
    return Todo(
        case_id=row.case_id or NIL,
        rank=(SOON_DUE, row.due_at >= now, True, True, row.due_at),
        what=_("Câu hỏi: vì sao bạn mở hồ sơ"),
        url=page,
        why=title_of(row.number, vn_date(date.fromisoformat(row.service or ""))),
        chip=chip_of(row.kind, row.due_at, now),
        action=_("Trả lời"),
        action_url=page,
    )


def _todo(row: TodayRow, actor: Actor, now: datetime) -> Todo:
    if row.kind == KIND or row.case_id is None:
        return _question(row, now)
    file = link("cases.show", case_id=row.case_id)
    page = link("reminders.show", obligation_id=row.obligation_id) if row.obligation_id else ""
    action, url = way_to(actor, row.kind, subject_id=row.subject_id, case_id=row.case_id)
    if row.is_pending:
        action, url = _("Xem và quyết định"), page
    if row.kind == PERSONAL:
        action, url = _("Mở"), page or link("case_reminders.index", case_id=row.case_id)
    asked = _("xin không làm") if row.is_pending else ""
    said = asked_words(row.other_unit, row.service)
    why = [row.text or kind_words(row.kind), *said, asked, snoozed_words(row.snoozes)]
    return Todo(
        case_id=row.case_id,
        rank=(_TIERS.get(row.kind, OTHER), row.due_at >= now, True, True, row.due_at),
        what=row.name or _("Chưa rõ tên"),
        url=page or file,
        why=f"{row.number}: {', '.join(filter(None, why))}",
        chip=chip_of(row.kind, row.due_at, now),
        action=action or _("Mở hồ sơ"),
        action_url=url or file,
        later_url="" if row.is_pending else page,
    )


def not_needed(one: Pending) -> tuple[str, str, str]:
    """(what, why, where it is decided)."""
    return (
        _("Không cần làm: %(number)s", number=one.number),
        _("%(what)s, %(who)s đề nghị không làm", what=kind_words(one.about), who=one.by_name),
        link("reminders.show", obligation_id=one.id),
    )


def quiet_line(actor: Actor, now: datetime) -> str:
    """How much is late or due today; nothing where nothing is."""
    count = due_today(db.session, actor, now)
    return render_template("reminders/_quiet.html", count=count) if count else ""


def ask_for_mail(actor: Actor, _now: datetime) -> str:
    """Until it is answered: nothing is mailed that one did not ask for. One statement."""
    if not has_mail_for(actor):
        return ""
    is_open = db.session.scalar(select(may_be_asked(actor.id)))
    return render_template("reminders/_ask_mail.html") if is_open else ""


def escalated_card(actor: Actor, now: datetime) -> str:
    """What was told to a supervisor: because nobody answered, or to agree that it is not needed."""
    rows = escalated(db.session, actor, now, limit=SHOWN)
    said = of_units(db.session, rows[:SHOWN])
    shown = [_line(row, said.get(row.subject_id), now) for row in rows[:SHOWN]]
    more_url = address(View.TOLD)
    return render_template("reminders/_escalated.html", lines=shown, more_url=more_url)


def _line(row: DueRow, of_unit: str | None, now: datetime) -> dict[str, object]:
    who = with_doer(row.kind, row.who)
    asked = _("xin không làm, chờ đồng ý") if row.is_pending else ""
    about = (row.number, of_unit, who, asked, snoozed_words(row.snoozes))
    return {
        "url": link("reminders.show", obligation_id=row.id),
        "title": kind_words(row.kind),
        "about": " · ".join(filter(None, about)),
        "left": chip_of(row.kind, row.due_at, now).left,
    }
