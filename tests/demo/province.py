"""When the synthetic province of the tests ends, how large it is, and its password."""

from datetime import UTC, datetime

from app.auth.passwords import hash_password
from app.demo.load import Size

SIZE = Size(500, 300, 3, reporting=0)
UNTIL = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HASH = hash_password("vong-tay-demo")
