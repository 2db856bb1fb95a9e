"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path
from types import ModuleType

from flask import Flask
from flask_babel import lazy_gettext as _l
from werkzeug.utils import import_string

from app.cases.pages.home import ASKED_WORDS
from app.cases.queries.pending import ASKED
from app.core.commands import LaterGroup
from app.core.db import db
from app.core.tasks import KINDS, TaskKind, TaskRun
from app.indicators import definitions, dhis2, models, plan24, report_rules
from app.indicators.pages.area import area_tabs
from app.indicators.pages.release_waiting import to_approve
from app.indicators.pages.reminder_words import late_reports, reports_due, values_due
from app.indicators.protection import rules
from app.indicators.queries import board_dues, report_dues
from app.indicators.queries.released import WAITING, waiting_releases
from app.indicators.queries.reports import late_of_communes
from app.indicators.queries.thresholds import own_thresholds
from app.indicators.routes import (
    board,
    board_entry,
    current_figures,
    population,
    quality,
    releases,
    reports,
    thresholds,
    views,
)
from app.indicators.routes.blueprint import bp
from app.indicators.services.reporting import COUNTING
from app.reminders.pages.of_units import OF_UNITS, SUMMARIES
from app.reminders.queries.lists import SUMMED
from app.reminders.queries.sources import SOURCES

HELP = "Facts of the indicators, and what is counted from them."
HOOKS = (models,)  # importing them makes their tables known
ROUTES: tuple[ModuleType, ...] = (board_entry, views)  # put their views on the blueprint
# with a blueprint of their own (`bp`)
PAGES: tuple[ModuleType, ...] = (
    board,
    current_figures,
    population,
    quality,
    releases,
    reports,
    thresholds,
)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    definitions.install(own_data)
    report_rules.install(own_data)
    KINDS[COUNTING] = TaskKind(_l("Số liệu của báo cáo"), count_report)
    SOURCES.update(
        {report_dues.KIND: report_dues.report_dues, board_dues.KIND: board_dues.board_dues}
    )
    if late_reports not in SUMMARIES:
        SUMMARIES.append(late_reports)
        SUMMED.append(late_of_communes)
    OF_UNITS.update({report_dues.KIND: reports_due, board_dues.KIND: values_due})
    ASKED[WAITING], ASKED_WORDS[WAITING] = waiting_releases, to_approve
    app.context_processor(lambda: {"area_tabs": area_tabs})
    rules.install(own_data, lambda: own_thresholds(db.session))
    dhis2.install(own_data)
    plan24.install(own_data)
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    app.cli.add_command(LaterGroup("indicators", "app.indicators.cli:cli", HELP))


def count_report(run: TaskRun) -> None:
    """What it needs loads a solver: a web worker does without."""
    import_string("app.indicators.services.report_counting:work")(run)
