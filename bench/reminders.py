"""100,000 open obligations: how long one scan takes, and that it writes just what changed."""

import time

from flask import Flask
from sqlalchemy import create_engine, text

from app.core import clock
from app.core.db import db
from app.reminders.queries.rules import rules_in_force
from app.reminders.services.scan import scan

MANY, CHANGED, GOAL_SECONDS = 100_000, 100, 5.0

# Reminders that people set on cases in turn, until as much is open as is wanted; without words.
_FILL = text(
    """
WITH wanted AS (
    SELECT generate_series(1, :wanted - count(*)) AS gs FROM obligations WHERE closed_at IS NULL
), numbered AS (
    SELECT cases.id, owner_id, key_id, row_number() OVER (ORDER BY cases.id) AS n
    FROM cases JOIN children ON children.id = cases.child_id
    WHERE owner_id IS NOT NULL AND NOT is_ended
)
INSERT INTO personal_reminders (id, key_id, case_id, user_id, created_at, due_at, version)
SELECT gen_random_uuid(), key_id, numbered.id, owner_id, now(),
       now() + (1 + gs % 1000) * interval '1 hour', 1
FROM wanted JOIN numbered ON numbered.n = 1 + gs % (SELECT count(*) FROM numbered)
"""
)
_CHANGE = text(
    """
UPDATE personal_reminders SET due_at = due_at + interval '1 hour' WHERE id IN (
    SELECT id FROM personal_reminders WHERE done_at IS NULL ORDER BY id LIMIT :changed)
"""
)


def measure(app: Flask, superuser: str, rounds: int = 3) -> dict[str, float]:
    """Seconds of a scan that finds all as it was, and of one after CHANGED of them changed; how
    many rows each wrote."""
    with app.app_context():
        _scan()
        with db.sessionmaker.begin() as session:
            session.execute(_FILL, {"wanted": MANY})
        _scan()
        with create_engine(superuser, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE obligations, personal_reminders"))
            is_open = text("SELECT count(*) FROM obligations WHERE closed_at IS NULL")
            count = connection.execute(is_open).scalar_one()
        still = min(_scan() for _ in range(rounds))
        with db.sessionmaker.begin() as session:
            session.execute(_CHANGE, {"changed": CHANGED})
        changed = _scan()
    return {
        "open": count,
        "seconds": still[0],
        "written": still[1],
        "changed_seconds": changed[0],
        "changed_written": changed[1],
    }


def missed(found: dict[str, float]) -> list[str]:
    """A changed term ends one obligation and opens another: two rows for each."""
    slowest = max(found["seconds"], found["changed_seconds"])
    return [
        *([f"only {found['open']} obligations are open"] if found["open"] < MANY else []),
        *([f"a scan takes {slowest:.1f} s"] if slowest > GOAL_SECONDS else []),
        *([f"a scan wrote {found['written']} rows for nothing"] if found["written"] else []),
        *(["a scan wrote more than changed"] if found["changed_written"] > 2 * CHANGED else []),
    ]


def _scan() -> tuple[float, int]:
    """(seconds, rows written) of one scan, as the job does it."""
    with db.sessionmaker.begin() as session:
        rules, began = rules_in_force(session), time.monotonic()
        opened, ended = scan(session, rules, clock.now())
    return time.monotonic() - began, opened + ended
