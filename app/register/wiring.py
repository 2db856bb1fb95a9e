"""Registers the pages of this package; the factory calls it once."""

from pathlib import Path

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.cases.exporting import EXPORTS
from app.core.tasks import KINDS, TaskKind
from app.register import rules
from app.register.pages import exported
from app.register.routes import imports, lists, of_case
from app.register.routes.blueprint import bp
from app.register.services import erasing, moving
from app.register.services.import_check import check_import
from app.register.services.import_run import run_import
from app.register.services.imports import CHECK, RUN
from app.register.sheets import vocabulary

HOOKS = (erasing, moving)  # importing them registers what goes with a child's record
ROUTES = (lists, of_case)  # put their views on the blueprint


def init_app(app: Flask, own_data: Path) -> None:
    """`own_data` is the folder of what an administrator replaced."""
    rules.install(own_data)
    EXPORTS[exported.KIND] = exported.CHILDREN
    vocabulary.install(own_data)
    KINDS[CHECK] = TaskKind(_l("Kiểm tra bảng tính"), check_import)
    KINDS[RUN] = TaskKind(_l("Nhập danh sách từ bảng tính"), run_import)
    app.register_blueprint(bp)
    app.register_blueprint(imports.bp)
