"""One blueprint for the pages of a case: file, timeline, lists."""

from flask import Blueprint

bp = Blueprint("cases", __name__, url_prefix="/cases")
