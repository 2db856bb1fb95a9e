"""Registers the pages of this package; the factory calls it once."""

from flask import Flask

from app.cases import hooks
from app.cases.routes import (
    assessment,
    audit,
    care,
    care_documents,
    correction,
    documents,
    drafts,
    extensions,
    file,
    help,
    home,
    intake,
    lists,
    measures,
    owner,
    placements,
    timeline,
    verification,
)
from app.cases.routes.blueprint import bp
from app.cases.services import care_gate

HOOKS = (hooks, care_gate)  # importing them registers what they add elsewhere
ROUTES = (
    care_documents,
    correction,
    file,
    lists,
    placements,
    timeline,
)  # put their views on another's blueprint
PAGES = (
    home,
    help,
    audit,
    intake,
    drafts,
    documents,
    assessment,
    measures,
    care,
    extensions,
    owner,
    verification,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
