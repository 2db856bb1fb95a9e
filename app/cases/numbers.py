"""Case numbers: HY-2026-000123, counted by year."""

from sqlalchemy import text

from app.core.db import db

PREFIX = "HY"

# One statement, one transaction; its commit does not wait for the disk.
_TAKE = text(
    """
INSERT INTO case_numbers AS known (year, last)
SELECT :year, :count FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (year) DO UPDATE SET last = known.last + excluded.last
RETURNING last
"""
)


def next_numbers(year: int, count: int) -> list[str]:
    """The next `count` numbers of the year, consecutive, taken in a transaction of their own.

    In the caller's transaction the year's row would stay locked until its commit reached the disk,
    and all reports of the province would wait for each other. Nothing is lost by not waiting here:
    the caller's commit flushes everything logged before it. A report that fails leaves a gap.
    """
    aside = db.get_engine("aside")
    with aside.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        last = own.execute(_TAKE, {"year": year, "count": count}).scalar_one()
    return [f"{PREFIX}-{year}-{serial:06d}" for serial in range(last - count + 1, last + 1)]
