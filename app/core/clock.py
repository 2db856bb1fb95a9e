"""The one place that asks what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Vietnam (UTC+7, no daylight saving)."""
    return moment.astimezone(LOCAL)


def today() -> date:
    """Today's date in Vietnam."""
    return local(now()).date()
