"""The language switch in the footer."""

from flask import Blueprint, redirect, request, session
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.extensions import LOCALES
from app.web.responses import safe_next

bp = Blueprint("language", __name__)


@bp.post("/language")
@public
def choose() -> ResponseReturnValue:
    chosen = request.form.get("locale")
    if chosen in LOCALES:
        session["locale"] = chosen
    return redirect(safe_next(request.form.get("next")), code=303)
