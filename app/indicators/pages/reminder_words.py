"""Which report, and whose values, a reminder is about."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit
from app.core import clock
from app.indicators.models import PeriodicReport
from app.indicators.pages.report_words import period_words
from app.indicators.pages.reports import LATE
from app.indicators.queries.reports import asked_of_communes
from app.indicators.report_policy import receives
from app.reminders.pages.of_units import Subjects
from app.web.words import _

R = PeriodicReport


def reports_due(session: Session, subjects: Subjects) -> Mapping[uuid.UUID, str]:
    """Xã Bắc Thụy Anh, 9 tháng đầu năm 2026."""
    wanted = select(R.id, Unit.short_name, R.schedule, R.period).join(Unit, Unit.id == R.unit_id)
    rows = session.execute(wanted.where(R.id.in_(subjects)))
    return {key: f"{unit}, {period_words(name, period)}" for key, unit, name, period in rows}


def late_reports(session: Session, actor: Actor, now: datetime) -> list[tuple[str, str]]:
    """For who receives reports one line of each period, that opens the list of who is late."""
    if not receives(actor):
        return []
    return [
        (
            _(
                "%(n)s xã, phường quá hạn chưa gửi báo cáo: %(period)s",
                n=one.late,
                period=period_words(one.schedule, one.period),
            ),
            url_for("periodic.index", schedule=one.schedule, period=one.period, state=LATE),
        )
        for one in asked_of_communes(session, actor, now)
        if one.late
    ]


def values_due(session: Session, subjects: Subjects) -> Mapping[uuid.UUID, str]:
    """Sở GDĐT, năm 2025: the year before the one they are due in."""
    rows = session.execute(select(Unit.id, Unit.short_name).where(Unit.id.in_(subjects)))
    return {
        key: _("%(unit)s, năm %(year)s", unit=unit, year=clock.local(subjects[key]).year - 1)
        for key, unit in rows
    }
