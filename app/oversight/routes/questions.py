"""“Why did you open this file?”: the answer, and what a supervisor sees of it."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.pages.log import read_time_key
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.oversight import policy
from app.oversight.forms.readings import AnswerForm
from app.oversight.models import ReadingQuestion
from app.oversight.pages import questions as words
from app.oversight.queries import questions as queries
from app.oversight.services import questions as services
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.words import _

bp = Blueprint("questions", __name__, url_prefix="/questions")
P = Permission
_PAGE = 25


@bp.get("/")
@authorized(P.QUESTION_OWN)
def index() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(_PAGE)
    after = read_time_key(request.args.get("after", ""))
    rows = queries.own_lines(db.session, actor, after=after, limit=limit)
    return render_template(
        "oversight/questions.html",
        rows=words.question_rows(rows[:limit], now),
        older=words.older_url("questions.index", rows, limit, ""),
    )


@bp.route("/<uuid:question_id>", methods=["GET", "POST"])
@authorized(P.QUESTION_OWN, load=policy.own_questions, key="question_id")
@once
def answer(question: ReadingQuestion) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _answer(question, form)
    row = queries.own_question(db.session, current_actor(), question.id)
    page = words.question_page(row, clock.now())
    return render_form("oversight/question.html", "oversight/_question.html", form, shown=page)


def _answer(question: ReadingQuestion, form: AnswerForm) -> ResponseReturnValue:
    services.answer_question(
        db.session,
        actor=current_actor(),
        question=question,
        answer=str(form.answer.data),
        words=form.words.data or None,
        now=clock.now(),
    )
    flash(_("Cảm ơn bạn. Câu trả lời đã được ghi lại."), "ok")
    return redirect_to("home.index")


@bp.get("/asked")
@authorized(P.OVERSIGHT)
def asked() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(_PAGE)
    show = "all" if request.args.get("show") == "all" else ""
    after = read_time_key(request.args.get("after", ""))
    rows = queries.asked_lines(db.session, actor, now=now, new=not show, after=after, limit=limit)
    seen = {"view": "questions", "count": len(rows)}
    record(db.session, actor, AuditAction.AUDIT_READ, at=now, data=seen)
    return render_template(
        "oversight/asked.html",
        rows=words.asked_rows(rows[:limit], now),
        tabs=words.asked_tabs(show),
        older=words.older_url("questions.asked", rows, limit, show),
    )


@bp.post("/asked/<uuid:answered_id>/seen")
@authorized(P.OVERSIGHT, load=policy.questions_of, key="answered_id")
@once
def see(question: ReadingQuestion) -> ResponseReturnValue:
    services.see_answer(db.session, actor=current_actor(), question=question, now=clock.now())
    flash(_("Đã ghi là đã xem."), "ok")
    return redirect_to("questions.asked")
