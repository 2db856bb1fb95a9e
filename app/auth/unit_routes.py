"""Units, the reference data that is in force, and the state of the system."""

from flask import abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth import accounts, queries
from app.auth.access import authorized
from app.auth.admin_routes import MANAGE, bp
from app.auth.forms import UnitForm
from app.auth.labels import LEVEL_LABELS, kind_label
from app.auth.login import current_actor
from app.auth.models import Unit
from app.auth.navigation import optional_url
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.policy import managed_units
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput, StaleEdit
from app.reference.communes import commune
from app.reference.library import library
from app.web.paging import after_arg, limit_arg
from app.web.responses import add_error, redirect_to, render_form

_NEW = ("admin/new_unit.html", "admin/_unit_form.html")
_EDIT = ("admin/edit_unit.html", "admin/_unit_form.html")


@bp.get("/units")
@authorized(MANAGE)
def units() -> ResponseReturnValue:
    page = queries.units_page(db.session, after=after_arg(), limit=limit_arg())
    return render_template(
        "admin/units.html",
        page=page,
        kind_label=kind_label,
        levels=LEVEL_LABELS,
        commune=commune,
    )


@bp.route("/units/new", methods=["GET", "POST"])
@authorized(MANAGE)
@once
def new_unit() -> ResponseReturnValue:
    form = UnitForm()
    if not form.validate_on_submit():
        return render_form(*_NEW, form, unit=None)
    try:
        accounts.create_unit(db.session, current_actor(), form.values, now=clock.now())
    except InvalidInput as error:
        add_error(form, error)
        return render_form(*_NEW, form, unit=None)
    flash(_("Đã thêm đơn vị."), "success")
    return redirect_to("admin.units")


@bp.route("/units/<uuid:unit_id>/edit", methods=["GET", "POST"])
@authorized(MANAGE, load=managed_units, key="unit_id")
def edit_unit(unit: Unit) -> ResponseReturnValue:
    form = UnitForm(obj=unit)
    if not form.validate_on_submit():
        return render_form(*_EDIT, form, unit=unit)
    try:
        _save(unit, form)
    except InvalidInput as error:
        add_error(form, error)
        return render_form(*_EDIT, form, unit=unit)
    except StaleEdit as error:
        return render_form(*_EDIT, form, error, unit=unit)
    return redirect_to("admin.units")


def _save(unit: Unit, form: UnitForm) -> None:
    accounts.change_unit(
        db.session,
        current_actor(),
        unit,
        form.values,
        version=form.version.data or 0,
        now=clock.now(),
    )
    flash(_("Đã lưu đơn vị."), "success")


@bp.get("/reference")
@authorized(Permission.REFERENCE_MANAGE)
def reference() -> ResponseReturnValue:
    """Which data files are in force, with their version and citation. They are changed as files."""
    return render_template(
        "admin/reference.html",
        library=library(),
        today=clock.today(),
        calendar_url=optional_url("calendar.index"),
        visit_rules_url=optional_url("visit_rules.index"),
        reminder_rules_url=optional_url("reminder_rules.index"),
        thresholds_url=optional_url("thresholds.index"),
        retention_url=optional_url("retention.index"),
    )


@bp.get("/reference/lists/<key>")
@authorized(Permission.REFERENCE_MANAGE)
def reference_list(key: str) -> ResponseReturnValue:
    versions = library().lists.get(key)
    if versions is None:
        abort(404)
    return render_template("admin/reference_list.html", key=key, versions=versions)


@bp.get("/reference/forms/<key>")
@authorized(Permission.REFERENCE_MANAGE)
def reference_form(key: str) -> ResponseReturnValue:
    versions = library().forms.get(key)
    if versions is None:
        abort(404)
    return render_template("admin/reference_form.html", key=key, versions=versions)


@bp.get("/system")
@authorized(Permission.SYSTEM_HEALTH)
def system() -> ResponseReturnValue:
    facts = queries.system_facts(db.session)
    return render_template("admin/system.html", facts=facts, jobs_url=optional_url("jobs.index"))
