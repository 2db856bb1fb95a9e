"""The pages of passkeys, recovery codes, and of a reset by two people."""

from tests.stories.look import Look, sent

_ASK = "/admin/users/{colleague}/factor-reset"

LOOKS: dict[str, tuple[Look, ...]] = {
    "worker": (
        Look("/auth/enrol"), sent("/auth/enrol"), Look("/auth/passkeys/new"),
        Look("/auth/recovery-codes"),
        sent("/auth/recovery-codes", 200, form="#codes-form"), Look("/auth/profile"),
    ),
    "admin": (
        Look(_ASK), sent(_ASK), sent(_ASK, 200, checked="called"), Look("/admin/factor-resets"),
        Look("/admin/users/{colleague}"),
    ),
    "supervisor": (Look("/admin/factor-resets"),),
}  # fmt: skip
IDS = {"colleague": "SELECT id AS colleague FROM users WHERE username = 'worker2'"}
