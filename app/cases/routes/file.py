"""The case page."""

from collections.abc import Callable

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.login import current_actor
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.models import Case
from app.cases.pages.file import case_page
from app.cases.pages.log import read_filter
from app.cases.pages.next_step import Action
from app.cases.queries.file import CaseFile, case_file
from app.cases.routes.blueprint import bp
from app.cases.services.opening import note_first_opening
from app.core import clock
from app.core.db import db

# What upper packages ask of the reader of a case, above its picture: a link in red for each.
CASE_ASKS: list[Callable[[Actor, CaseFile], list[Action]]] = []


@bp.get("/<uuid:case_id>")
@authorized(Permission.CASE_READ, load=policy.visible_to, key="case_id")
def show(case: Case) -> ResponseReturnValue:
    actor, now, wanted = current_actor(), clock.now(), read_filter(request.args)
    sections = sections_of(actor)
    note_first_opening(db.session, case, actor=actor, now=now)
    file = case_file(db.session, case, sections=sections, wanted=wanted)
    record(db.session, actor, AuditAction.CASE_READ, at=now, case_id=case.id, sections=sections)
    page = case_page(file, actor=actor, now=now, wanted=wanted)
    asked = [action for asks in CASE_ASKS for action in asks(actor, file)]
    return render_template("cases/show.html", page=page, asked=asked)
