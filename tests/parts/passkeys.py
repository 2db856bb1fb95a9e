"""A passkey and a known browser of each place's worker, and a reset that waits: never of a case."""

import secrets
from typing import Any

from sqlalchemy.orm import Session

from app.auth.factor_models import Check, FactorReset, KnownBrowser, Passkey
from app.auth.models import Role, User
from app.auth.resets import OPEN_FOR
from app.cases.models import Case
from app.core import clock

NOT_OF_A_CASE = (Passkey,)
WRITTEN = ("passkeys", "recovery_codes", "factor_resets", "known_browsers")
_NOTHING = ("version",)
FORM_FIELDS = {
    "admin.ask_reset": ("checked", "idempotency_key"),
    "admin.decide_reset": ("decision", "idempotency_key"),
    "auth.awake": _NOTHING,
    "auth.end_other_sessions": _NOTHING,
    "auth.enrol_passkey": ("name", "credential"),
    "auth.forget_browser": _NOTHING,
    "auth.lock": _NOTHING,
    "auth.new_recovery_codes": _NOTHING,
    "auth.passkey_options": ("purpose",),
    "auth.recovery": ("recovery", "next"),
    "auth.remove_passkey": _NOTHING,
    "auth.second_step_options": ("next",),
    "auth.second_step_passkey": ("credential", "next"),
    "auth.sign_in_options": ("next",),
    "auth.sign_in_passkey": ("credential", "next"),
    "auth.unlock": ("step_up_password", "step_up_credential", "step_up_next", "step_up_again"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    now, worker = clock.now(), users[Role.CP_WORKER]
    passkey = Passkey(
        key=worker.key,
        user_id=worker.id,
        credential_id=secrets.token_bytes(16),
        public_key=b"no key",
        sign_count=0,
        transports=[],
        is_synced=False,
        name="Máy của tôi",
        created_at=now,
    )
    known = KnownBrowser(
        user_id=worker.id,
        device_hash=secrets.token_bytes(16),
        browser="chrome",
        system="android",
        first_seen_at=now,
        last_seen_at=now,
        told_at=now,
    )
    reset = FactorReset(
        user_id=users[Role.COMMUNE_CHAIR].id,
        checked=Check.CALLED,
        asked_by=worker.id,
        asked_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add_all([passkey, known, reset])
    session.flush()
    return {"passkey_id": passkey.id, "known_id": known.id, "reset_id": reset.id}
