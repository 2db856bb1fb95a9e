"""The pages of how one is reminded, and of what did not arrive."""

from tests.stories.look import STALE, Look, sent

_CHOICES = "/reminders/choices"

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look(_CHOICES), sent(_CHOICES, 200, form="#feed-form"),
        Look(_CHOICES, 409, STALE),  # after the first, which made the row
    ),
    "supervisor": (Look(_CHOICES),),
    "hospital": (Look(_CHOICES),),
    "admin": (Look(_CHOICES), Look("/admin/deliveries")),
}  # fmt: skip
