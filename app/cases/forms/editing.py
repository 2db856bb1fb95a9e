"""The marks of an edit: which version of the case the page showed, and when."""

from datetime import UTC, datetime

from wtforms import HiddenField

from app.cases.models import Case
from app.core import clock
from app.core.errors import StaleEdit
from app.web.forms import BaseForm

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class RulesForm(BaseForm):
    """A form of rules that only grow in versions; refused where the page showed an older one."""

    version = HiddenField()  # how many changes the page showed
    conflict: StaleEdit | None = None  # set where another person was faster

    @property
    def expected(self) -> int:
        """-1 where the page sent nothing usable: then the edit counts as stale."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


class EditForm(BaseForm):
    """A form whose sending is refused where another person recorded something meanwhile.

    The template writes both fields (components/form.html, post_form and seen_at).
    """

    version = HiddenField()
    seen_at = HiddenField()
    conflict: StaleEdit | None = None  # set where another person was faster

    @property
    def expected_version(self) -> int:
        """0 where the page sent nothing usable: then the edit counts as stale."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def seen(self) -> datetime:
        """When the page was shown, not before 2000 and not in the future; long ago if unusable."""
        try:
            moment = datetime.fromisoformat(self.seen_at.data or "")
            if moment.tzinfo is None:
                return _LONG_AGO
            return min(max(moment.astimezone(UTC), _LONG_AGO), clock.now())
        except (ValueError, OverflowError):  # in UTC it would be before the year 1 or after 9999
            return _LONG_AGO

    def marks(self, case: Case, now: datetime) -> dict[str, object]:
        """What the page sends next: what it showed first, or after a conflict what it shows now."""
        if self.conflict is not None:
            return {"version": self.conflict.version, "seen_at": now.isoformat()}
        if self.is_submitted():
            return {"version": self.expected_version, "seen_at": self.seen_at.data or ""}
        return {"version": case.version, "seen_at": now.isoformat()}
