"""Somebody was faster with a decision: the page says who, and leads to the case."""

from flask import Flask, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases.models.assessments import OverrideAlreadyDecided, OverrideSuperseded
from app.cases.models.care import CareNotRunning, ProposalAnswered, SeparationNotRunning
from app.cases.models.reviews import ClosingAlreadyDecided
from app.core.errors import DomainError
from app.deadlines.models import ExtensionAlreadyDecided
from app.web.errors import show_domain_error
from app.web.responses import is_htmx

ANSWERED = (
    *(OverrideAlreadyDecided, OverrideSuperseded, ClosingAlreadyDecided),
    *(ExtensionAlreadyDecided, ProposalAnswered, SeparationNotRunning, CareNotRunning),
)
_TYPED = ("note", "reason")  # the words of the forms that come here


def show_answered(error: DomainError) -> ResponseReturnValue:
    """With the menu, unlike an error page: nothing is wrong, there is only nothing left to do.
    What was typed is there to be copied."""
    case_id = (request.view_args or {}).get("case_id")
    if case_id is None or is_htmx():
        return show_domain_error(error)
    url = url_for("cases.show", case_id=case_id)
    typed = next((words for name in _TYPED if (words := request.form.get(name))), "")
    page = render_template("cases/answered.html", heading=error.message, typed=typed, url=url)
    return make_response(page, error.status)


def init_app(app: Flask) -> None:
    for answered in ANSWERED:
        app.register_error_handler(answered, show_answered)
