"""Who is reminded of what, when, as an administrator sets it: with a preview before it holds."""

from flask import Blueprint, abort, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, StaleEdit
from app.reminders.forms.rules import RuleFields, fingerprint, rule_form
from app.reminders.pages.rules import (
    PreviewWords,
    RuleOfKind,
    history,
    preview_words,
    rule_of_kind,
    rules_page,
)
from app.reminders.queries.rules import steps_before
from app.reminders.rules import Step
from app.reminders.services.rule_changes import NewSteps, change_steps, check_steps
from app.web.responses import add_error, redirect_to, render_form

bp = Blueprint("reminder_rules", __name__, url_prefix="/admin/reminders")
PAGE = "reminders/rule_edit.html"


@bp.get("")
@authorized(Permission.REFERENCE_MANAGE)
def index() -> ResponseReturnValue:
    return render_template("reminders/rules.html", **rules_page(db.session))


@bp.route("/<reminder_kind>", methods=["GET", "POST"])
@authorized(Permission.REFERENCE_MANAGE)
@once
def edit(reminder_kind: str) -> ResponseReturnValue:
    rule = _rule(reminder_kind)
    form = rule_form(rule.whom, _first_steps(rule))
    if form["steps"].grown() or not form.validate_on_submit():
        return _show(form, rule)
    try:
        return _save(form, rule) if form.is_previewed else _preview(form, rule)
    except InvalidInput as error:
        add_error(form, error)
    except StaleEdit as conflict:
        form.conflict, rule = conflict, _rule(reminder_kind)
    return _show(form, rule)


def _rule(key: str) -> RuleOfKind:
    try:
        return rule_of_kind(db.session, key)
    except KeyError:
        abort(404)


def _first_steps(rule: RuleOfKind) -> tuple[Step, ...]:
    """Those in force; with `?before=3` those before the third change, to go back to."""
    text = request.args.get("before", "")
    if text.isascii() and text.isdigit() and len(text) < 9:
        return steps_before(db.session, rule.key, int(text))
    return rule.kind.steps


def _save(form: RuleFields, rule: RuleOfKind) -> ResponseReturnValue:
    change_steps(
        db.session,
        actor=current_actor(),
        change=NewSteps(rule.key, form.steps_typed, form.reason_typed),
        expected=form.expected,
        now=clock.now(),
    )
    flash(_("Đã lưu. Quy tắc mới áp dụng trong vòng một phút."), "success")
    return redirect_to("reminder_rules.index")


def _preview(form: RuleFields, rule: RuleOfKind) -> ResponseReturnValue:
    steps = form.steps_typed
    check_steps(rule.key, steps, rule.kind.steps)
    base_url = current_app.extensions["settings"].base_url
    words = preview_words(db.session, rule, steps, base_url=base_url, now=clock.now())
    return _show(form, rule, words, fingerprint(steps))


def _show(
    form: RuleFields, rule: RuleOfKind, words: PreviewWords | None = None, seen: str = ""
) -> ResponseReturnValue:
    return render_form(
        PAGE,
        PAGE,
        form,
        form.conflict,
        rule=rule,
        preview=words,
        seen=seen,
        history=history(rule.changes, rule.key),
    )
