"""Registers the pages of this package; the factory calls it once."""

from collections.abc import Iterable, Mapping

from flask import Flask

from app.audit.actions import AuditAction
from app.auth.access import PACES
from app.cases.labels import label_of
from app.cases.pages import audit
from app.cases.pages.home import ASKED_WORDS
from app.cases.queries.pending import ASKED
from app.oversight import models
from app.oversight.pages.glass import banner, to_review
from app.oversight.pages.questions import reading_news
from app.oversight.queries.findings import NEWS, news
from app.oversight.queries.glass import WAITING, waiting_glasses
from app.oversight.routes import glass, questions, readings
from app.oversight.services.pace import FilePace

HOOKS = (models,)
PAGES = (glass, readings, questions)
Data = Mapping[str, object]


def init_app(app: Flask) -> None:
    audit.SAY[AuditAction.GLASS_BROKEN] = _category
    audit.SAY[AuditAction.GLASS_CHANGED] = _decision
    audit.SAY[AuditAction.FINDING_CHANGED] = _kind
    audit.SAY[AuditAction.QUESTION_CHANGED] = _answer
    PACES[:] = [FilePace()]
    ASKED[WAITING], ASKED_WORDS[WAITING] = waiting_glasses, to_review
    ASKED[NEWS], ASKED_WORDS[NEWS] = news, reading_news
    app.context_processor(lambda: {"glass_banner": banner})
    for pages in PAGES:
        app.register_blueprint(pages.bp)


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
