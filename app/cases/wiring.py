"""Registers the pages of this package; the factory calls it once."""

from flask import Flask

from app.cases import hooks
from app.cases.routes import (
    assessment,
    audit,
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
    specific,
    timeline,
    verification,
)
from app.cases.routes.blueprint import bp

HOOKS = (hooks,)  # importing it registers what cases add to the people package
ROUTES = (correction, file, lists, timeline)  # put their views on another's blueprint
PAGES = (
    home,
    help,
    audit,
    intake,
    drafts,
    documents,
    assessment,
    measures,
    extensions,
    owner,
    specific,
    verification,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
