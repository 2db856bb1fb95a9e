"""Is the process alive? (Whether it can work, database included, is /readyz.)"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return jsonify(status="ok")
