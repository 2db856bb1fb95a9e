"""Row-level security: the clock of an emergency opening is read by who reads the opening; who told
of a child is read with the file alone, a shelter's address by no colleague of the shelter, the
content of an export by who asked for it. Who is kept out of a child reads none of its clocks.

Revision ID: 0037
Revises: 0036
"""

# ruff: noqa: S608  # put together of constants of this file

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def _said(name: str, kind: str) -> str:
    return f"(SELECT NULLIF(current_setting('vt.{name}', true), '')::{kind})"


USER, UNIT, NOW = _said("user", "uuid"), _said("unit", "uuid"), _said("now", "timestamptz")
IS_READER = "(SELECT current_setting('vt.scope', true) = 'reader')"
EVERY = f"""(SELECT current_setting('vt.scope', true) = 'house'
    OR ({IS_READER} AND current_setting('vt.role', true) = 'supervisor'
        AND current_setting('vt.commune', true) = '' AND NOT vt_is_kept_out()))"""
READS_FILES = (
    f"(SELECT {IS_READER} AND current_setting('vt.role', true) IN ('cp_worker', 'commune_chair'))"
)
SUPERVISES = f"(SELECT {IS_READER} AND current_setting('vt.role', true) = 'supervisor')"
IS_SOMEBODY = f"""(SELECT {IS_READER} AND current_setting('vt.role', true)
    NOT IN ('analyst', 'administrator'))"""
IS_KEPT_OUT = "(SELECT vt_is_kept_out())"


def _file_of(case: str) -> str:
    return f"""(({READS_FILES} AND EXISTS (SELECT FROM case_access a WHERE a.case_id = {case}
            AND a.holder_id IN ({USER}, {UNIT})
            AND a.reason IN ('unit_works', 'assigned', 'break_glass')
            AND a.since <= {NOW} AND (a.until IS NULL OR a.until > {NOW})
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(a.child_id))))
        OR ({SUPERVISES} AND EXISTS (SELECT FROM cases c WHERE c.id = {case})))"""


def _behind(table: str, key: str) -> str:
    return f"EXISTS (SELECT FROM {table} p WHERE p.id = {key})"


def _of_unit(column: str) -> str:
    return f"({IS_SOMEBODY} AND {column} = {UNIT})"


_FOUND = f"""OR {_behind("cases", "deadlines.subject_id")}
    OR {_behind("reports", "deadlines.subject_id")} OR {_behind("referrals", "deadlines.subject_id")}"""
_BEFORE_FILES = f"stored_files.by_id = {USER} OR {{}}" + "".join(
    f" OR EXISTS (SELECT FROM {table} f WHERE f.file_id = stored_files.id)"
    for table in ("case_files", "sheet_imports")
) + f""" OR ({IS_READER}
    AND EXISTS (SELECT FROM board_values f WHERE f.file_id = stored_files.id))"""  # fmt: skip
BEFORE = {
    "deadlines": f"{_of_unit('deadlines.unit_id')} {_FOUND}",
    "informants": _behind("reports", "informants.report_id"),
    "separations": f"{_of_unit('place_unit_id')} OR {_file_of('separations.case_id')}",
    "stored_files": _BEFORE_FILES.format(
        "EXISTS (SELECT FROM exports f WHERE f.file_id = stored_files.id)"
    ),
}
AFTER = {
    "deadlines": f"""({_of_unit("deadlines.unit_id")} AND NOT ({IS_KEPT_OUT}
            AND (vt_is_kept_out_of_case(deadlines.subject_id)
                OR vt_is_kept_out_of_report(deadlines.subject_id))))
        {_FOUND} OR {_behind("break_glasses", "deadlines.subject_id")}""",
    "informants": f"""EXISTS (SELECT FROM cases o WHERE o.report_id = informants.report_id
        AND {_file_of("o.id")})""",
    "separations": _file_of("separations.case_id"),
    "stored_files": _BEFORE_FILES.format(
        f"EXISTS (SELECT FROM exports f WHERE f.file_id = stored_files.id AND f.by_id = {USER})"
    ),
}


def _restrict(rows_by_table: dict[str, str]) -> None:
    for table, rows in rows_by_table.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({EVERY} OR {rows})")


def upgrade() -> None:
    _restrict(AFTER)


def downgrade() -> None:
    _restrict(BEFORE)
