"""Which report, and whose values, a reminder is about."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.core import clock
from app.indicators.models import PeriodicReport
from app.indicators.pages.report_words import period_words
from app.reminders.pages.of_units import Subjects
from app.web.words import _

R = PeriodicReport


def reports_due(session: Session, subjects: Subjects) -> Mapping[uuid.UUID, str]:
    """Xã Bắc Thụy Anh, 9 tháng đầu năm 2026."""
    wanted = select(R.id, Unit.short_name, R.schedule, R.period).join(Unit, Unit.id == R.unit_id)
    rows = session.execute(wanted.where(R.id.in_(subjects)))
    return {key: f"{unit}, {period_words(name, period)}" for key, unit, name, period in rows}


def values_due(session: Session, subjects: Subjects) -> Mapping[uuid.UUID, str]:
    """Sở GDĐT, năm 2025: the year before the one they are due in."""
    rows = session.execute(select(Unit.id, Unit.short_name).where(Unit.id.in_(subjects)))
    return {
        key: _("%(unit)s, năm %(year)s", unit=unit, year=clock.local(subjects[key]).year - 1)
        for key, unit in rows
    }
