"""Row-level security: what is one's own (drafts, own reminders) is shown to nobody else, who told of
a child and where it is sheltered to the unit that works the case alone, also of the province's
supervisor; obligations of other areas' cases not to the supervisor of a commune.

Revision ID: 0038
Revises: 0037
"""

# ruff: noqa: S608  # put together of constants of this file

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _said(name: str, kind: str) -> str:
    return f"(SELECT NULLIF(current_setting('vt.{name}', true), '')::{kind})"


USER, UNIT, NOW = _said("user", "uuid"), _said("unit", "uuid"), _said("now", "timestamptz")
IS_READER = "(SELECT current_setting('vt.scope', true) = 'reader')"
HOUSE = "(SELECT current_setting('vt.scope', true) = 'house')"
EVERY = f"""(SELECT current_setting('vt.scope', true) = 'house'
    OR ({IS_READER} AND current_setting('vt.role', true) = 'supervisor'
        AND current_setting('vt.commune', true) = '' AND NOT vt_is_kept_out()))"""
READS_FILES = (
    f"(SELECT {IS_READER} AND current_setting('vt.role', true) IN ('cp_worker', 'commune_chair'))"
)
IS_WORKER = f"(SELECT {IS_READER} AND current_setting('vt.role', true) = 'cp_worker')"
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


def _obligations(of_supervisors: str) -> str:
    own = " OR ".join(
        [
            f"({IS_SOMEBODY} AND obligations.unit_id = {UNIT})",
            f"obligations.user_id = {USER}",
            f"obligations.handed_to_id = {USER}",
            f"obligations.stand_in_id = {USER}",
            of_supervisors,
        ]
    )
    return f"""({own}) AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_case(obligations.case_id))
        OR ({_file_of("obligations.case_id")})"""


_OWN = f"user_id = {USER}"
_WORKED = f"o.unit_id = {UNIT} AND {_file_of('o.id')}"
BEFORE = {
    "drafts": f"{EVERY} OR {_OWN}",
    "informants": f"""{EVERY} OR EXISTS (SELECT FROM cases o
        WHERE o.report_id = informants.report_id AND {_file_of("o.id")})""",
    "obligations": f"{EVERY} OR {_obligations(SUPERVISES)}",
    "personal_reminders": f"{EVERY} OR {_OWN}",
    "shelter_addresses": f"""{EVERY}
        OR EXISTS (SELECT FROM separations p WHERE p.id = shelter_addresses.separation_id)""",
}
_IN_AREA = f"""({SUPERVISES} AND (obligations.case_id IS NULL
    OR EXISTS (SELECT FROM cases c WHERE c.id = obligations.case_id)))"""
AFTER = {
    "drafts": f"{HOUSE} OR {_OWN}",
    "informants": f"""{HOUSE} OR ({IS_WORKER} AND EXISTS (SELECT FROM cases o
        WHERE o.report_id = informants.report_id AND {_WORKED}))""",
    "obligations": f"{EVERY} OR {_obligations(_IN_AREA)}",
    "personal_reminders": f"{HOUSE} OR {_OWN}",
    "shelter_addresses": f"""{HOUSE} OR ({READS_FILES} AND EXISTS (SELECT FROM separations p
        JOIN cases o ON o.id = p.case_id
        WHERE p.id = shelter_addresses.separation_id AND {_WORKED}))""",
}


def _restrict(rows_by_table: dict[str, str]) -> None:
    for table, rows in rows_by_table.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({rows})")


def upgrade() -> None:
    _restrict(AFTER)


def downgrade() -> None:
    _restrict(BEFORE)
