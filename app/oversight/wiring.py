"""Registers the pages of this package; the factory calls it once."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from flask import Flask

from app.audit.actions import AuditAction
from app.cases.labels import label_of
from app.cases.pages import audit
from app.cases.routes.home import SUPERVISOR_DECISIONS, SUPERVISOR_PARTS, TODAY_PARTS
from app.oversight import models
from app.oversight.pages.glass import banner, to_review
from app.oversight.pages.questions import more_of_today, oversight_card
from app.oversight.routes import glass, questions, readings

HOOKS = (models,)
PAGES = (glass, readings, questions)
Hook = TypeVar("Hook")
Data = Mapping[str, object]


def init_app(app: Flask) -> None:
    audit.SAY[AuditAction.GLASS_BROKEN] = _category
    audit.SAY[AuditAction.GLASS_CHANGED] = _decision
    audit.SAY[AuditAction.FINDING_CHANGED] = _kind
    audit.SAY[AuditAction.QUESTION_CHANGED] = _answer
    _fill(SUPERVISOR_DECISIONS, to_review)
    _fill(SUPERVISOR_PARTS, oversight_card)
    _fill(TODAY_PARTS, more_of_today)
    app.context_processor(lambda: {"glass_banner": banner})
    for pages in PAGES:
        app.register_blueprint(pages.bp)


def _fill(hooks: list[Hook], hook: Hook) -> None:
    """Once, however many applications a process makes."""
    if hook not in hooks:
        hooks.append(hook)


def _category(data: Data) -> Iterable[str]:
    yield f"{label_of('glass_categories', data.get('category'))}."


def _decision(data: Data) -> Iterable[str]:
    if data.get("decision"):
        yield f"{label_of('glass_decisions', data['decision'])}."


def _kind(data: Data) -> Iterable[str]:
    yield f"{label_of('reading_findings', data.get('kind'))}."


def _answer(data: Data) -> Iterable[str]:
    if data.get("answer"):
        yield f"{label_of('reading_answers', data['answer'])}."
