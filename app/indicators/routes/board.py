"""The board of the 24 indicators of the provincial plan, and the page of each part."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.documents.workbook import XLSX
from app.indicators.pages.board import Filters, board_page, filters_of
from app.indicators.pages.board_export import CSV, board_csv, board_xlsx
from app.indicators.pages.board_part import part_page
from app.indicators.plan24 import Part, plan
from app.indicators.routes.answers import saved_file

bp = Blueprint("indicator_board", __name__, url_prefix="/indicators/board")


@bp.get("")
@authorized(Permission.BOARD_READ)
def index() -> ResponseReturnValue:
    page = board_page(db.session, actor=current_actor(), filters=_filters(), now=clock.now())
    return render_template("board24/index.html", page=page)


@bp.get("/table.xlsx")
@authorized(Permission.BOARD_READ)
def as_xlsx() -> ResponseReturnValue:
    page = board_page(db.session, actor=current_actor(), filters=_filters(), now=clock.now())
    return saved_file(board_xlsx(page, clock.now()), XLSX, "bang-24-chi-tieu.xlsx")


@bp.get("/table.csv")
@authorized(Permission.BOARD_READ)
def as_csv() -> ResponseReturnValue:
    page = board_page(db.session, actor=current_actor(), filters=_filters(), now=clock.now())
    return saved_file(board_csv(page, clock.now()), CSV, "bang-24-chi-tieu.csv")


@bp.get("/<board_part>")
@authorized(Permission.BOARD_READ)
def part(board_part: str) -> ResponseReturnValue:
    page = part_page(db.session, part=part_of(board_part), actor=current_actor(), now=clock.now())
    return render_template("board24/part.html", page=page)


def part_of(code: str) -> Part:
    return plan().by_code.get(code) or abort(404)


def _filters() -> Filters:
    return filters_of(request.args)
