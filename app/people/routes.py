"""Pages about children: search, likely duplicates, the child's page, its form."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section, searches_names, sections_of
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, StaleEdit
from app.core.row_scope import across
from app.people import policy, services
from app.people.child_file import TITLES, carers_of, child_file
from app.people.duplicates import Match, Reason, likely_duplicates
from app.people.family import relatives_of
from app.people.fields import about
from app.people.forms import CandidateForm, ChildForm, SearchForm, candidate_prefix, stored
from app.people.merging import merges_of
from app.people.models import Child
from app.people.queries import Person
from app.people.search_hooks import page_of, siblings_of
from app.reference.texts import current_locale
from app.web.responses import add_error, redirect_to, redirect_to_url, render_form

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.route("/search", methods=["GET", "POST"])
@authorized(Permission.PEOPLE_SEARCH, only_reads=True)
def search() -> ResponseReturnValue:
    """The term comes in the body of a POST: no name in an address, a history or a log."""
    actor, page = current_actor(), "people/search.html"
    form = SearchForm(names=searches_names(actor))
    results = None
    if form.validate_on_submit():
        if url := page_of(db.session, actor, form.q.data or ""):
            return redirect_to_url(url)
        results = services.search_people(
            db.session, actor=actor, term=form.q.data or "", now=clock.now()
        )
    return render_form(page, page, form, results=results)


@bp.post("/duplicates")
@authorized(Permission.REPORT_CREATE, only_reads=True)
def duplicates() -> ResponseReturnValue:
    """The fragment that the intake form shows while a child is being typed."""
    form = CandidateForm(prefix=candidate_prefix(list(request.form)))
    matches = likely_duplicates(
        db.session, actor=current_actor(), candidate=form.to_candidate(), now=clock.now()
    )
    return render_template("people/_duplicates.html", matches=matches)


@bp.get("/<uuid:child_id>")
@authorized(Permission.CHILD_READ, load=policy.visible_to, key="child_id")
def child(child: Child) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    file = child_file(db.session, actor, child, clock.today())
    _note_reading(child, file.sections)
    with across(db.session):  # of those whom the actor may not see only whom to ask is shown
        others = siblings_of(db.session, child.id)
        family = relatives_of(db.session, actor, child, now=now, others=others)
    merges = merges_of(db.session, child.id)
    page = "people/child.html"
    return render_template(page, child=child, file=file, family=family, merges=merges)


@bp.get("/<uuid:child_id>/edit")
@authorized(Permission.CHILD_EDIT, load=policy.visible_to, key="child_id")
def edit(child: Child) -> ResponseReturnValue:
    form = ChildForm(data=stored(child, carers_of(db.session, child)))
    return _edit_page(child, form)


@bp.post("/<uuid:child_id>/edit", endpoint="edit_save")
@authorized(Permission.CHILD_EDIT, load=policy.visible_to, key="child_id")
@once
def save(child: Child) -> ResponseReturnValue:
    form = ChildForm()
    if form.carers.grown() or not form.validate():
        return _edit_page(child, form)
    try:
        changed = _save(child, form)
    except StaleEdit as conflict:
        return _edit_page(child, form, conflict)
    except InvalidInput as error:
        add_error(form, error)
        return _edit_page(child, form)
    flash(_("Đã lưu thông tin của trẻ em.") if changed else _("Không có gì thay đổi."), "success")
    return redirect_to("people.child", child_id=child.id)


def _note_reading(child: Child, sections: frozenset[Section]) -> None:
    services.note_reading(
        db.session, actor=current_actor(), child_id=child.id, sections=sections, now=clock.now()
    )


def _save(child: Child, form: ChildForm) -> bool:
    """Save what was typed, and say what looks doubtful in it."""
    now = clock.now()
    changes = services.edit_child(
        db.session,
        actor=current_actor(),
        child=child,
        data=form.to_data(),
        expected_version=form.version.data or 0,
        now=now,
    )
    for doubt in services.doubts_about(child, clock.local(now).date()):
        flash(doubt, "warning")
    return bool(changes)


def _edit_page(
    child: Child, form: ChildForm, conflict: StaleEdit | None = None
) -> ResponseReturnValue:
    _note_reading(child, sections_of(current_actor()) & TITLES.keys())
    version = conflict.version if conflict else form.version.data or 0
    return render_form(
        "people/edit.html",
        "people/_edit_form.html",
        form,
        conflict,
        child_id=child.id,
        version=version,
    )


@bp.app_template_filter()
def about_person(person: Person | Match) -> str:
    """“Nữ, sinh năm 2017, Phường Phố Hiến”: as much as was loaded."""
    if person.sex is None:
        return ""
    return about(person.sex, person.birth_year, person.commune, current_locale())


_WHY = {
    Reason.SAME_NUMBER: _l("số định danh"),
    Reason.NAME_SAME: _l("họ tên"),
    Reason.NAME_WITHOUT_MARKS: _l("họ tên (khác dấu)"),
    Reason.NAME_CLOSE: _l("họ tên gần giống"),
    Reason.SAME_DOB: _l("ngày sinh"),
    Reason.BIRTH_YEAR: _l("năm sinh (chênh không quá một năm)"),
    Reason.PARENT: _l("tên cha, mẹ"),
    Reason.COMMUNE: _l("xã, phường"),
}


@bp.app_template_filter()
def why_alike(reason: Reason) -> str:
    return str(_WHY[reason])
