"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path
from typing import TypeVar

from flask import Flask

from app.audit.actions import AuditAction
from app.auth.login import maybe_actor
from app.cases.pages import audit
from app.cases.pages.entry_words.reminders import KIND_WORDS
from app.cases.pages.home import SIGNATURES
from app.cases.queries.pending import PARTS
from app.cases.routes import home
from app.reminders import models, rules
from app.reminders.cli import cli
from app.reminders.pages.log_words import answer_words
from app.reminders.pages.today import (
    ask_for_mail,
    escalated_card,
    more_of_today,
    not_needed,
    quiet_line,
)
from app.reminders.pages.words import kind_words
from app.reminders.policy import NOBODY
from app.reminders.queries.agreements import NOT_NEEDED, to_agree
from app.reminders.routes import (
    board,
    calendar,
    choices,
    deliveries,
    feed,
    mine,
    of_case,
    push,
    use,
)
from app.reminders.routes import rules as rule_pages
from app.reminders.services import erasing, escalation

HOOKS = (models, erasing, escalation)  # importing them registers tables and what goes on timelines
PAGES = (mine, of_case, calendar, board, use, rule_pages, choices, deliveries, feed, push)
BELL = "/reminders/"
Hook = TypeVar("Hook")


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    app.cli.add_command(cli)
    audit.SAY[AuditAction.REMINDER_ANSWERED] = answer_words
    _fill(home.TODAY_PARTS, more_of_today)
    _fill(home.QUIET_LINES, quiet_line)
    _fill(home.SUPERVISOR_PARTS, escalated_card)
    _fill(home.WORKER_PARTS, ask_for_mail)  # others are asked on the page of reminders
    _fill(home.QUIET_LINES, ask_for_mail)
    _fill(KIND_WORDS, kind_words)
    PARTS[NOT_NEEDED], SIGNATURES[NOT_NEEDED] = to_agree, not_needed
    app.context_processor(_bell)
    for pages in PAGES:
        app.register_blueprint(pages.bp)


def _fill(hooks: list[Hook], hook: Hook) -> None:
    """Once, however many applications a process makes."""
    if hook not in hooks:
        hooks.append(hook)


def _bell() -> dict[str, object]:
    """Whoever works on cases has a bell on every page."""
    actor = maybe_actor()
    return {"bell_url": BELL if actor is not None and actor.role not in NOBODY else ""}
