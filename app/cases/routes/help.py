"""Help: the law's clocks, the steps, and who does what. No data about anyone."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.auth.access import authorized
from app.auth.actor import ROLE_LABELS
from app.auth.login import current_actor
from app.auth.models import Role
from app.auth.permissions import Permission
from app.cases.pages.clocks import rule_term
from app.core import clock
from app.deadlines.rules import clock_rules

bp = Blueprint("help", __name__)


@dataclass(frozen=True, slots=True)
class Term:
    """One clock of the law as the help shows it."""

    title: str
    term: str
    note: str
    article: str
    is_legal: bool


ROLE_TASKS: dict[Role, LazyString] = {
    Role.INTAKE: _l("Ghi tin báo (Mẫu số 01), chuyển ngay về xã, phường, theo dõi tình trạng."),
    Role.AGENCY_OFFICER: _l("Báo tin khi thấy trẻ em cần được bảo vệ, theo dõi tình trạng."),
    Role.UNIT_LEAD: _l("Như cán bộ của đơn vị: báo tin, theo dõi tình trạng."),
    Role.CP_WORKER: _l("Xác minh tin, đánh giá nguy cơ (Mẫu số 02), ghi biện pháp, xin gia hạn."),
    Role.COMMUNE_CHAIR: _l("Giao hồ sơ, quyết định biện pháp, ký chữ ký thứ hai, duyệt gia hạn."),
    Role.SUPERVISOR: _l("Theo dõi thời hạn toàn tỉnh, duyệt, xem nhật ký kiểm tra."),
    Role.ANALYST: _l("Làm việc với số liệu đã ẩn danh, không thấy hồ sơ."),
    Role.ADMINISTRATOR: _l("Quản lý tài khoản, đơn vị, danh mục, lịch; không thấy hồ sơ."),
}


@bp.get("/help")
@authorized(Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    own = current_actor().role
    roles = [(str(ROLE_LABELS[role]), text, role is own) for role, text in ROLE_TASKS.items()]
    return render_template("help/index.html", terms=list(_terms()), roles=roles)


def _terms() -> Iterator[Term]:
    """The clocks in force today, from the data that also makes every deadline."""
    for rule in clock_rules(clock.today()).values():
        note = str(rule.note or "")
        yield Term(str(rule.title), rule_term(rule), note, rule.article, rule.is_legal)
