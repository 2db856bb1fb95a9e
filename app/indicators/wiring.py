"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path
from types import ModuleType

from flask import Flask

from app.core.commands import LaterGroup
from app.indicators import definitions, dhis2, models, plan24
from app.indicators.pages.area import area_tabs
from app.indicators.routes import (
    board,
    board_entry,
    current_figures,
    population,
    quality,
    releases,
    views,
)
from app.indicators.routes.blueprint import bp

HELP = "Facts of the indicators, and what is counted from them."
HOOKS = (models,)  # importing them makes their tables known
ROUTES: tuple[ModuleType, ...] = (board_entry, views)  # put their views on the blueprint
# with a blueprint of their own (`bp`), whose address begins with /indicators
PAGES: tuple[ModuleType, ...] = (board, current_figures, population, quality, releases)


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    definitions.install(own_data)
    app.context_processor(lambda: {"area_tabs": area_tabs})
    dhis2.install(own_data)
    plan24.install(own_data)
    app.register_blueprint(bp)
    for pages in PAGES:
        app.register_blueprint(pages.bp)
    app.cli.add_command(LaterGroup("indicators", "app.indicators.cli:cli", HELP))
