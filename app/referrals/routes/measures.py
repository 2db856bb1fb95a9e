"""How quickly agencies answer: for supervisors their area, for the lead of a unit what came to
it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.reference.library import code_list
from app.referrals.forms.requests import uuid_or_none
from app.referrals.pages.measures import OUTSIDE, WORDS, Wanted, list_page, measures_page
from app.referrals.pages.periods import Period, read_period

bp = Blueprint("referral_measures", __name__, url_prefix="/referrals/measures")


@bp.get("/")
@authorized(Permission.REFERRAL_MEASURE)
def index() -> ResponseReturnValue:
    page = measures_page(db.session, actor=current_actor(), period=_period(), now=clock.now())
    return render_template("referrals/measures.html", **page)


@bp.get("/list")
@authorized(Permission.REFERRAL_MEASURE)
def listed() -> ResponseReturnValue:
    page = list_page(
        db.session,
        actor=current_actor(),
        period=_period(),
        wanted=_wanted(),
        before=uuid_or_none(request.args.get("before")),
        now=clock.now(),
    )
    return render_template("referrals/measured.html", **page)


def _period() -> Period:
    return read_period(request.args.get("period", ""), clock.today())


def _wanted() -> Wanted:
    """Only what is known: anything else is as if it were not there."""
    asked = request.args
    unit, what = asked.get("unit", ""), asked.get("what", "")
    known = unit == OUTSIDE or uuid_or_none(unit) is not None
    return Wanted(
        what=what if what in WORDS else "sent",
        unit=unit if known else "",
        service=_code("referral_services", asked.get("service", "")),
        reason=_code("referral_declines", asked.get("reason", "")),
    )


def _code(key: str, text: str) -> str:
    return text if text in code_list(key).by_code else ""
