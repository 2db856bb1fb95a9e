"""The children of a household and two records of one child, as an officer deals with them."""

import uuid

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.people import policy
from app.people.family import link_children, unlink
from app.people.family_forms import LinkForm, MergeForm
from app.people.identifiers import case_number_of
from app.people.links import LinkKind
from app.people.merging import merge_children, separate_children
from app.people.models import Child
from app.people.queries import Person, people
from app.people.routes import bp
from app.people.search_hooks import children_of_case
from app.people.services import note_reading
from app.web.responses import add_error, redirect_to, render_form


@bp.route("/<uuid:child_id>/family", methods=["GET", "POST"])
@authorized(Permission.CHILD_EDIT, load=policy.visible_to, key="child_id")
@once
def link(child: Child) -> ResponseReturnValue:
    form, actor = LinkForm(), current_actor()
    if form.validate_on_submit():
        try:
            return _link(child, form)
        except InvalidInput as error:
            add_error(form, error)
    identity = frozenset({Section.IDENTITY})
    note_reading(db.session, actor=actor, child_id=child.id, sections=identity, now=clock.now())
    shown, pages = people(db.session, actor, [child.id]), ("people/link.html", "people/_link.html")
    return render_form(*pages, form, None, child=child, shown=shown)


def _link(child: Child, form: LinkForm) -> ResponseReturnValue:
    link_children(
        db.session,
        actor=current_actor(),
        child=child,
        other_id=_child_of(form.other.data),
        kind=LinkKind(str(form.kind.data)),
        now=clock.now(),
    )
    flash(_("Đã ghi hai trẻ em cùng gia đình."), "ok")
    return redirect_to("people.child", child_id=child.id)


@bp.post("/<uuid:child_id>/family/<uuid:link_id>/end")
@authorized(Permission.CHILD_EDIT, load=policy.visible_to, key="child_id")
@once
def end_link(child: Child, link_id: uuid.UUID) -> ResponseReturnValue:
    unlink(db.session, actor=current_actor(), child=child, link_id=link_id, now=clock.now())
    flash(_("Đã bỏ."), "ok")
    return redirect_to("people.child", child_id=child.id)


@bp.route("/<uuid:child_id>/merge", methods=["GET", "POST"])
@authorized(Permission.CHILD_MERGE, load=policy.visible_to, key="child_id")
@once
def merge(child: Child) -> ResponseReturnValue:
    """First the two records side by side, then, when they were compared, the merge."""
    form, pair = MergeForm(), list[Person]()
    if form.validate_on_submit():
        try:
            pair = _pair(child, _child_of(form.other.data))
            if form.is_sure.data:
                return _merge(child, pair[1].child_id, form)
            form.is_sure.errors = [_("So sánh hai bản ghi, đánh dấu ô này rồi gửi lại.")]
        except InvalidInput as error:
            add_error(form, error)
    pages = ("people/merge.html", "people/_merge.html")
    return render_form(*pages, form, None, child=child, pair=pair)


def _merge(child: Child, other_id: uuid.UUID, form: MergeForm) -> ResponseReturnValue:
    merge_children(
        db.session,
        actor=current_actor(),
        kept=child,
        merged_id=other_id,
        reason=form.reason.data,
        now=clock.now(),
    )
    flash(_("Đã gộp. Nếu nhầm, tách lại được ở trang này."), "ok")
    return redirect_to("people.child", child_id=child.id)


@bp.post("/<uuid:child_id>/merges/<uuid:merge_id>/separate")
@authorized(Permission.CHILD_MERGE, load=policy.visible_to, key="child_id")
@once
def separate(child: Child, merge_id: uuid.UUID) -> ResponseReturnValue:
    separate_children(
        db.session, actor=current_actor(), kept=child, merge_id=merge_id, now=clock.now()
    )
    flash(_("Đã tách lại hai bản ghi."), "ok")
    return redirect_to("people.child", child_id=child.id)


def _child_of(typed: str) -> uuid.UUID:
    """The child of the case with this number, as far as the actor sees it. Raises InvalidInput."""
    number = case_number_of(typed)
    found = children_of_case(db.session, current_actor(), number) if number else []
    if not found:
        raise InvalidInput("other", _l("Không thấy hồ sơ có mã này trong phạm vi của bạn."))
    return found[0]


def _pair(child: Child, other_id: uuid.UUID) -> list[Person]:
    """Both records as lines; the reading is on the log."""
    actor, now = current_actor(), clock.now()
    pair = people(db.session, actor, [child.id, other_id])
    if other_id == child.id or len(pair) != 2:
        raise InvalidInput("other", _l("Đây là cùng một bản ghi, hoặc bạn không được xem."))
    for person in pair:
        note_reading(
            db.session,
            actor=actor,
            child_id=person.child_id,
            sections=frozenset({Section.IDENTITY}),
            now=now,
        )
    return pair
