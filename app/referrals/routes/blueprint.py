"""The blueprint of the referrals themselves: the request, the inbox, what was sent."""

from flask import Blueprint

bp = Blueprint("referrals", __name__, url_prefix="/referrals")
