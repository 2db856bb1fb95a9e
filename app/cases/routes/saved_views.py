"""One's own views of the list of cases: keep the present filter, rename it, drop it."""

from urllib.parse import parse_qsl

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.forms.saved_views import NewViewForm, ViewNameForm
from app.cases.models import SavedView
from app.cases.pages.links import link
from app.cases.pages.list_filters import chips, query_text, read_list_filter
from app.cases.policy import views_of
from app.cases.queries.list_filters import ListFilter, people_of
from app.cases.routes.refusals import refusals_on
from app.cases.services.saved_views import delete_view, rename_view, save_view
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to_url, render_form

bp = Blueprint("views", __name__, url_prefix="/saved-views")


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.CASE_LIST)
@once
def new() -> ResponseReturnValue:
    form = NewViewForm()
    wanted = _read(
        form.query.data if form.is_submitted() else request.query_string.decode("ascii", "replace")
    )
    if form.validate_on_submit():
        with refusals_on(form):
            return _keep(form.name.data, wanted)
    form.query.data = query_text(wanted)
    pages = ("views/new.html", "views/_new.html")
    return render_form(*pages, form, words=_words(wanted), back=_list(form.query.data))


@bp.route("/<uuid:view_id>", methods=["GET", "POST"])
@authorized(Permission.CASE_LIST, load=views_of, key="view_id")
@once
def edit(view: SavedView) -> ResponseReturnValue:
    form, wanted = ViewNameForm(obj=view), _read(view.query)
    if form.validate_on_submit():
        rename_view(db.session, view=view, name=form.name.data)
        flash(_("Đã đổi tên."), "ok")
        return redirect_to_url(_list(query_text(wanted)))
    pages = ("views/edit.html", "views/_edit.html")
    return render_form(
        *pages, form, view=view, words=_words(wanted), back=_list(query_text(wanted))
    )


@bp.post("/<uuid:view_id>/delete")
@authorized(Permission.CASE_LIST, load=views_of, key="view_id")
@once
def delete(view: SavedView) -> ResponseReturnValue:
    delete_view(db.session, view=view)
    flash(_("Đã xóa chế độ xem. Hồ sơ không thay đổi gì."), "ok")
    return redirect_to_url(_list(""))


def _keep(name: str, wanted: ListFilter) -> ResponseReturnValue:
    query = query_text(wanted)
    save_view(db.session, actor=current_actor(), name=name, query=query, now=clock.now())
    flash(_("Đã lưu. Chế độ xem này đứng trên danh sách."), "ok")
    return redirect_to_url(_list(query))


def _read(query: str | None) -> ListFilter:
    """Whatever was sent, codes of filters come out."""
    return read_list_filter(dict(parse_qsl((query or "")[:1000])), current_actor())


def _words(wanted: ListFilter) -> list[str]:
    people = people_of(db.session, current_actor().unit_id) if wanted.owner else []
    return [chip.label for chip in chips(wanted, "", people, limit="", helping=())]


def _list(query: str) -> str:
    base = link("cases.index")
    return f"{base}?{query}" if query else base
