"""Row-level security: the same rows, each found by one look into an index.

A fence (`OFFSET 0`) keeps a look-up a look-up: PostgreSQL would at times gather all cases of the
unit instead, for the ten rows of one file, and plan both ways in any case. An index holds what the
look-up asks, and only the reasons that open a file. A child is known by the row of `case_access`
itself, no more by way of its case; a report by who took it before its case is asked for.

Most holders are people with one file, but it is units with a thousand that ask for lists: their
plans are made for these (`n_distinct`), not for the mean.

Revision ID: 0042
Revises: 0041
"""

# put together of constants of this file

from pathlib import Path
from runpy import run_path

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_BEFORE = run_path(str(Path(__file__).with_name("0039_rules_of_rows_in_functions.py")))
EVERY, HOUSE, FILES, SUPERVISES, SOMEBODY, AREA, COMMUNE, IS_KEPT_OUT = (
    _BEFORE[name]
    for name in (
        "EVERY", "HOUSE", "FILES", "SUPERVISES", "SOMEBODY", "AREA", "COMMUNE", "IS_KEPT_OUT",
    )
)  # fmt: skip
ME, MY_UNIT, PRESENT = (_BEFORE[name] for name in ("ME", "MY_UNIT", "PRESENT"))
OPENING = "reason IN ('unit_works', 'assigned', 'break_glass')"


def _opened(column: str, value: str) -> str:
    """A row of case_access opens the file (`case_id`) or a file of the child (`child_id`)."""
    return f"""EXISTS (SELECT FROM case_access a WHERE a.{column} = {value}
        AND a.holder_id IN ({ME}, {MY_UNIT}) AND a.{OPENING} AND a.since <= {PRESENT}
        AND (a.until IS NULL OR a.until > {PRESENT})
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(a.child_id)) OFFSET 0)"""


def _kept_out(thing: str, key: str) -> str:
    return f"({IS_KEPT_OUT} AND vt_is_kept_out_of_{thing}({key}))"


def _by_index(rule: str, key: str) -> str:
    """The rule as it was, with the fence in its look-up by this key."""
    return rule.replace(_BEFORE["_opened"](key, *_BEFORE["IN_RULE"]), _opened("case_id", key))


def _policies() -> tuple[dict[str, str], dict[str, str]]:
    """By table: the rules before, and those of now."""
    before = dict(_BEFORE["RULES"])
    after = {table: _by_index(rule, f"{table}.case_id") for table, rule in before.items()}
    after["cases"] = _by_index(before["cases"], "cases.id")
    after["children"] = f"""({FILES} AND {_opened("child_id", "children.id")})
        OR ({SUPERVISES} AND children.residence_commune = (SELECT {COMMUNE})
            AND NOT {_kept_out("child", "children.id")})
        OR ({SOMEBODY} AND vt_knows_child(children.id))"""
    after["reports"] = f"""(({SOMEBODY} AND reports.taken_by_unit_id = {MY_UNIT})
            OR ({SUPERVISES} AND {AREA.format("reports.event_commune")}))
            AND NOT {_kept_out("report", "reports.id")}
        OR EXISTS (SELECT FROM cases c WHERE c.report_id = reports.id OFFSET 0)"""
    changed = {table for table in before if before[table] != after[table]}
    return (
        {table: f"{EVERY} OR {before[table]}" for table in changed},
        {table: f"{EVERY} OR {after[table]}" for table in changed},
    )


def _restrict(rules: dict[str, str]) -> None:
    for table, rule in sorted(rules.items()):
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({rule})")


def _count_holders(how: str) -> None:
    op.execute(f"ALTER TABLE case_access ALTER COLUMN holder_id {how}")
    op.execute("ANALYZE case_access")


def upgrade() -> None:
    op.create_index(
        "ix_case_access_opens",
        "case_access",
        ["case_id"],
        postgresql_include=["holder_id", "child_id", "since", "until"],
        postgresql_where=sa.text(OPENING),
    )
    op.execute(
        "CREATE FUNCTION vt_knows_child(child uuid) RETURNS boolean LANGUAGE plpgsql STABLE"
        " SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN RETURN EXISTS (SELECT"
        " FROM cases c WHERE c.child_id = child AND vt_knows_case(c.id)); END $$"
    )
    _restrict(_policies()[1])
    _count_holders("SET (n_distinct = 250)")


def downgrade() -> None:
    _count_holders("RESET (n_distinct)")
    _restrict(_policies()[0])
    op.execute("DROP FUNCTION vt_knows_child(uuid)")
    op.drop_index("ix_case_access_opens", table_name="case_access")
