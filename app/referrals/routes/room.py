"""The shared room of a case: the same page for an agency with an open packet, and for who works
the case."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section, is_allowed
from app.cases import policy as cases
from app.cases.forms.plans import ActivityStateForm, state_values
from app.cases.models import Case, PlanActivity
from app.cases.pages.head import read_head
from app.cases.routes.refusals import refusals_on
from app.cases.services.plan_activities import update_activity
from app.core import clock
from app.core.db import db
from app.core.row_scope import as_house
from app.referrals import policy
from app.referrals.errors import RoomClosed
from app.referrals.forms.room import NoteForm, ResultForm, TaskForm
from app.referrals.models import Referral
from app.referrals.pages.room import SHOWN, room_page
from app.referrals.queries.packet import open_sections
from app.referrals.queries.room import (
    Member,
    invitations_of,
    known_to,
    members_of,
    notes_of,
    own_activities,
    task_for,
    tasks_of,
)
from app.referrals.services.room import add_note, finish_task, give_task
from app.web.forms import BaseForm
from app.web.paging import limit_arg
from app.web.responses import redirect_to_url, render_form

bp = Blueprint("room", __name__, url_prefix="/referrals")
P = Permission


@dataclass(frozen=True, slots=True)
class Room:
    """One room as its reader came into it: by a referral (an agency), or by the case."""

    case: Case
    referral: Referral | None = None
    sections: frozenset[Section] = frozenset()

    @property
    def number(self) -> str:
        return self.referral.number if self.referral else self.case.number

    @property
    def child(self) -> str:
        """The name, where the packet opens it."""
        return (self.case.child.full_name or "") if Section.IDENTITY in self.sections else ""

    @property
    def back_url(self) -> str:
        return url_for("referrals.show", referral_id=self.referral.id) if self.referral else ""

    def url(self, what: str = "", **values: uuid.UUID) -> str:
        """Of the room, or of what is done in it: "note", "task", "done"."""
        if self.referral:
            endpoint = f"room.received_{what}" if what else "room.received"
            return url_for(endpoint, received_id=self.referral.id, **values)  # type: ignore[arg-type]
        return url_for(f"room.{what or 'of_case'}", case_id=self.case.id, **values)  # type: ignore[arg-type]

    def others(self) -> list[Member]:
        """Those of whom the actor's unit may know; one statement."""
        members = members_of(db.session, self.case, now=clock.now())
        return known_to(members, current_actor().unit_id)


def _entered(referral: Referral) -> Room:
    """Raises RoomClosed before the acceptance, and once the packet is closed. The file is closed to
    who is in: each query of the room says what of it their unit reads."""
    now, unit_id = clock.now(), current_actor().unit_id
    sections = open_sections(db.session, referral, holder_id=unit_id, now=now)
    if not sections:
        raise RoomClosed
    as_house(db.session)
    return Room(referral.case, referral, sections)


@bp.get("/<uuid:received_id>/room")
@authorized(P.REFERRAL_READ, load=policy.received_file, key="received_id")
def received(referral: Referral) -> ResponseReturnValue:
    room, unit_id, limit = _entered(referral), current_actor().unit_id, limit_arg(SHOWN)
    case, has_plan = room.case, Section.PLAN in room.sections
    page = room_page(
        room.others(),
        notes_of(db.session, case.id, reader=unit_id, limit=limit),
        tasks_of(db.session, case.id, reader=unit_id, limit=limit),
        unit_id=unit_id,
        today=clock.today(),
        activities=own_activities(db.session, case, unit_id=unit_id) if has_plan else (),
        invitations=invitations_of(db.session, case, unit_id=unit_id, now=clock.now()),
        can_write=is_allowed(current_actor(), P.REFERRAL_ANSWER, referral) and not case.is_ended,
    )
    _read(referral)
    return render_template("referrals/room.html", page=page, room=room, head=None)


def _read(referral: Referral) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.REFERRAL_READ,
        at=clock.now(),
        case_id=referral.case_id,
        subject_id=referral.id,
        data={"referral": referral.id, "state": referral.state.value, "view": "room"},
    )


@bp.get("/cases/<uuid:case_id>/room")
@authorized(P.REFERRAL_READ, load=cases.case_file, key="case_id")
def of_case(case: Case) -> ResponseReturnValue:
    """What was written is open to a role that opens health; tasks to one that opens the plan."""
    actor, now, limit = current_actor(), clock.now(), limit_arg(SHOWN)
    reads = policy.words_open_to(actor, Section.HEALTH)
    sees = policy.words_open_to(actor, Section.PLAN)
    members = members_of(db.session, case, now=now)
    page = room_page(
        [one for one in members if not one.is_case_unit],
        notes_of(db.session, case.id, reader=None, limit=limit) if reads else (),
        tasks_of(db.session, case.id, reader=None, limit=limit) if sees else (),
        unit_id=actor.unit_id,
        today=clock.today(),
        can_write=is_allowed(actor, P.REFERRAL_SEND, case) and not case.is_ended,
        is_closed_to_words=not reads,
    )
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_template("referrals/room.html", page=page, room=Room(case), head=head)


@bp.route("/<uuid:received_id>/room/notes/new", methods=["GET", "POST"])
@authorized(P.REFERRAL_ANSWER, load=policy.received_file, key="received_id")
@once
def received_note(referral: Referral) -> ResponseReturnValue:
    return _note(_entered(referral))


@bp.route("/cases/<uuid:case_id>/room/notes/new", methods=["GET", "POST"])
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def note(case: Case) -> ResponseReturnValue:
    return _note(Room(case))


def _note(room: Room) -> ResponseReturnValue:
    form, actor, now = NoteForm(room.others()), current_actor(), clock.now()
    if form.validate_on_submit():
        with refusals_on(form):
            text, units = form.text.data, form.chosen
            add_note(db.session, actor=actor, case=room.case, text=text, unit_ids=units, now=now)
            flash(_("Đã ghi. Nơi phụ trách hồ sơ luôn đọc được."), "ok")
            return redirect_to_url(room.url())
    only = "" if "unit_ids" in form else _("Chỉ nơi phụ trách hồ sơ đọc.")
    return _step(room, form, _("Ghi chú trong phòng phối hợp"), lead=only)


@bp.route("/<uuid:received_id>/room/tasks/new", methods=["GET", "POST"])
@authorized(P.REFERRAL_ANSWER, load=policy.received_file, key="received_id")
@once
def received_task(referral: Referral) -> ResponseReturnValue:
    return _task(_entered(referral))


@bp.route("/cases/<uuid:case_id>/room/tasks/new", methods=["GET", "POST"])
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def task(case: Case) -> ResponseReturnValue:
    return _task(Room(case))


def _task(room: Room) -> ResponseReturnValue:
    form, actor, now = TaskForm(room.others()), current_actor(), clock.now()
    if form.validate_on_submit():
        with refusals_on(form):
            give_task(db.session, actor=actor, case=room.case, data=form.data_of(), now=now)
            flash(_("Đã nhờ."), "ok")
            return redirect_to_url(room.url())
    return _step(room, form, _("Nhờ cơ quan khác một việc"))


@bp.route("/<uuid:received_id>/room/tasks/<uuid:room_task_id>", methods=["GET", "POST"])
@authorized(P.REFERRAL_ANSWER, load=policy.received_file, key="received_id")
@once
def received_done(referral: Referral, room_task_id: uuid.UUID) -> ResponseReturnValue:
    return _done(_entered(referral), room_task_id)


@bp.route("/cases/<uuid:case_id>/room/tasks/<uuid:room_task_id>", methods=["GET", "POST"])
@authorized(P.REFERRAL_SEND, load=cases.case_file, key="case_id")
@once
def done(case: Case, room_task_id: uuid.UUID) -> ResponseReturnValue:
    return _done(Room(case), room_task_id)


def _done(room: Room, task_id: uuid.UUID) -> ResponseReturnValue:
    form, actor, now = ResultForm(), current_actor(), clock.now()
    found = task_for(db.session, room.case.id, task_id, unit_id=actor.unit_id) or abort(404)
    if form.validate_on_submit():
        result = form.result.data
        finish_task(db.session, actor=actor, case=room.case, task=found, result=result, now=now)
        flash(_("Đã ghi kết quả."), "ok")
        return redirect_to_url(room.url())
    asked = _("%(unit)s nhờ: %(what)s", unit=found.from_unit.short_name, what=found.what or "")
    return _step(room, form, _("Kết quả của việc được nhờ"), lead=asked)


@bp.route("/<uuid:received_id>/room/activities/<uuid:activity_id>", methods=["GET", "POST"])
@authorized(P.REFERRAL_ANSWER, load=policy.received_file, key="received_id")
@once
def activity(referral: Referral, activity_id: uuid.UUID) -> ResponseReturnValue:
    """An activity of the plan for which the actor's own unit is responsible, and no other."""
    room = _entered(referral)
    row = _own_activity(room, activity_id)
    form = ActivityStateForm(data={**state_values(row), "version": str(row.version)})
    if form.validate_on_submit():
        with refusals_on(form):
            return _update(room, row, form)
    if form.conflict is not None:
        form.version.data = str(form.conflict.version)
    return _step(room, form, _("Cập nhật hoạt động"), lead=row.what or "")


def _own_activity(room: Room, activity_id: uuid.UUID) -> PlanActivity:
    if Section.PLAN not in room.sections:
        abort(404)
    unit_id = current_actor().unit_id
    found = own_activities(db.session, room.case, unit_id=unit_id, only=activity_id)
    return found[0] if found else abort(404)


def _update(room: Room, row: PlanActivity, form: ActivityStateForm) -> ResponseReturnValue:
    update_activity(
        db.session,
        actor=current_actor(),
        case=room.case,
        activity=row,
        data=form.update(),
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã cập nhật. Nơi phụ trách hồ sơ thấy ngay."), "ok")
    return redirect_to_url(room.url())


def _step(room: Room, form: BaseForm, title: str, *, lead: str = "") -> ResponseReturnValue:
    """The page of one step; what it asks is drawn from its form."""
    pages = ("referrals/room_step.html", "referrals/_one_step.html")
    back, conflict = room.url(), getattr(form, "conflict", None)
    shown = {"number": room.number, "title": title, "lead": lead}
    return render_form(*pages, form, conflict, action=request.path, back_url=back, **shown)
