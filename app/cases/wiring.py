"""Registers the pages of this package; the factory calls it once."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.cases import hooks
from app.cases.exporting import EXPORTS
from app.cases.pages import court_export, dossier, exported_cases, exported_log
from app.cases.pages.erasures import waiting_erasure
from app.cases.pages.export_work import make_export
from app.cases.pages.home import SIGNATURES
from app.cases.queries.erasures import ERASURE, to_decide
from app.cases.queries.pending import PARTS
from app.cases.routes import (
    answered,
    assessment,
    audit,
    care,
    care_documents,
    conferences,
    correction,
    documents,
    drafts,
    erasures,
    exports,
    extensions,
    file,
    files,
    follow_up,
    help,
    home,
    intake,
    lists,
    measures,
    moves,
    owner,
    placements,
    plans,
    retention,
    reviews,
    saved_views,
    specific,
    support,
    timeline,
    verification,
    visit_rules,
)
from app.cases.routes.blueprint import bp
from app.cases.services import closing_questions, forgetting, plan_activities
from app.cases.services.exports import KIND as EXPORT
from app.core.tasks import KINDS, TaskKind

# importing them registers what cases add to the people package, what stands against closing and
# against erasing
HOOKS = (hooks, closing_questions, forgetting, plan_activities)
ROUTES = (care_documents, correction, file, lists, placements, timeline)  # on another's blueprint
PAGES = (
    home,
    help,
    audit,
    intake,
    drafts,
    documents,
    assessment,
    measures,
    moves,
    conferences,
    files,
    care,
    extensions,
    owner,
    plans,
    specific,
    verification,
    support,
    follow_up,
    visit_rules,
    reviews,
    saved_views,
    exports,
    erasures,
    retention,
)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    answered.init_app(app)
    KINDS[EXPORT] = TaskKind(_l("Xuất ra tệp"), make_export, result="exports.of_task")
    EXPORTS[exported_cases.KIND] = exported_cases.CASES
    EXPORTS[dossier.KIND] = dossier.DOSSIER
    EXPORTS[court_export.KIND] = court_export.COURT
    EXPORTS[exported_log.KIND] = exported_log.LOG
    PARTS[ERASURE], SIGNATURES[ERASURE] = to_decide, waiting_erasure
    for pages in PAGES:
        app.register_blueprint(pages.bp)
