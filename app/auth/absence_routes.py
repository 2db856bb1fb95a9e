"""The page where a worker notes an absence and a deputy, the Chair that of any worker."""

import uuid

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired

from app.auth import absences as services
from app.auth import policy
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.login import current_actor
from app.auth.models import Absence, Role
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.routes import bp
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.web.fields import ChoiceSelectField, VnDateField
from app.web.forms import BaseForm
from app.web.responses import add_error, redirect_to, render_form


class AbsenceForm(BaseForm):
    user_id = ChoiceSelectField(_l("Ai vắng"), [InputRequired(_l("Chọn một người."))])
    deputy_id = ChoiceSelectField(_l("Ai làm thay"), [InputRequired(_l("Chọn một người."))])
    since_on = VnDateField(_l("Từ ngày"), [InputRequired(_l("Ghi ngày đầu vắng."))])
    until_on = VnDateField(_l("Đến hết ngày"), [InputRequired(_l("Ghi ngày cuối vắng."))])

    def __init__(self, actor: Actor, people: list[tuple[uuid.UUID, str]]) -> None:
        super().__init__()
        own = [(one, name) for one, name in people if one == actor.id]
        away = people if actor.role is Role.COMMUNE_CHAIR else own
        self.user_id.offer((str(one), name) for one, name in away)
        self.deputy_id.offer((str(one), name) for one, name in people)

    def stated(self) -> services.AbsenceData:
        """For a form that is valid."""
        today = clock.today()
        return services.AbsenceData(
            user_id=uuid.UUID(self.user_id.data),
            deputy_id=uuid.UUID(self.deputy_id.data),
            since_on=self.since_on.data or today,
            until_on=self.until_on.data or today,
        )


@bp.route("/absence", methods=["GET", "POST"])
@authorized(Permission.ABSENCE_NOTE)
@once
def absence() -> ResponseReturnValue:
    actor = current_actor()
    form = AbsenceForm(actor, services.colleagues(db.session, actor))
    if form.validate_on_submit():
        try:
            return _note(form)
        except InvalidInput as error:
            add_error(form, error)
    known = services.absences_of_unit(db.session, actor.unit_id, clock.today())
    chair = actor.role is Role.COMMUNE_CHAIR
    shown = {"known": known, "is_chair": chair}
    return render_form("auth/absence.html", "auth/_absence_form.html", form, None, **shown)


def _note(form: AbsenceForm) -> ResponseReturnValue:
    services.note_absence(db.session, actor=current_actor(), data=form.stated(), now=clock.now())
    flash(
        _("Đã ghi. Người làm thay thấy các hồ sơ đó ở Hôm nay và trong danh sách của mình."), "ok"
    )
    return redirect_to("auth.absence")


@bp.post("/absence/<uuid:absence_id>/cancel")
@authorized(Permission.ABSENCE_NOTE, load=policy.absences_of, key="absence_id")
@once
def cancel_absence(absence: Absence) -> ResponseReturnValue:
    services.cancel_absence(db.session, actor=current_actor(), absence=absence, now=clock.now())
    flash(_("Đã bỏ."), "ok")
    return redirect_to("auth.absence")
