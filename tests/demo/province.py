"""When the synthetic province of the tests ends, and its password."""

from datetime import UTC, datetime

from app.auth.passwords import hash_password

UNTIL = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HASH = hash_password("vong-tay-demo")
