"""Row-level security on every table that holds a child's data.

Whose rows a transaction reads is said in it (app/core/row_scope.py): `vt.scope` is "house" for what
belongs to no person, or "reader", with `vt.user`, `vt.unit`, `vt.role`, `vt.commune` (empty: the
province) and `vt.now`. Nothing said: no row. Rows are restricted where they are read, not where
they are written first (WITH CHECK true). The owner of the tables is not restricted.

A policy asks the cheapest first: what holds for the whole statement stands in a sub-select of its
own, which PostgreSQL computes once. What would ask a table that itself asks back stands in a
function of the owner's.

Revision ID: 0036
Revises: 0035
"""

# ruff: noqa: S608  # put together of constants of this file
from collections.abc import Iterable

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _said(name: str, kind: str) -> str:
    return f"(SELECT NULLIF(current_setting('vt.{name}', true), '')::{kind})"


USER, UNIT, ROLE = _said("user", "uuid"), _said("unit", "uuid"), _said("role", "text")
COMMUNE, NOW = _said("commune", "text"), _said("now", "timestamptz")
IS_READER = "(SELECT current_setting('vt.scope', true) = 'reader')"

# Every row: the house; a supervisor of the whole province who is kept out of nobody.
EVERY = f"""(SELECT current_setting('vt.scope', true) = 'house'
    OR ({IS_READER} AND current_setting('vt.role', true) = 'supervisor'
        AND current_setting('vt.commune', true) = '' AND NOT vt_is_kept_out()))"""
READS_FILES = (
    f"(SELECT {IS_READER} AND current_setting('vt.role', true) IN ('cp_worker', 'commune_chair'))"
)
SUPERVISES = f"(SELECT {IS_READER} AND current_setting('vt.role', true) = 'supervisor')"
RECEIVES = f"""(SELECT {IS_READER} AND current_setting('vt.role', true)
    IN ('agency_officer', 'unit_lead', 'cp_worker', 'commune_chair'))"""
IS_SOMEBODY = f"""(SELECT {IS_READER} AND current_setting('vt.role', true)
    NOT IN ('analyst', 'administrator'))"""
IS_KEPT_OUT = "(SELECT vt_is_kept_out())"  # of anybody at all: most people never are
OPENS_FILE = ("unit_works", "assigned", "break_glass")


def granted(case: str, reasons: Iterable[str]) -> str:
    """A row of case_access opens the case to the reader or the unit, now."""
    named = ", ".join(f"'{reason}'" for reason in reasons)
    return f"""EXISTS (SELECT FROM case_access a WHERE a.case_id = {case}
        AND a.holder_id IN ({USER}, {UNIT}) AND a.reason IN ({named}) AND a.since <= {NOW}
        AND (a.until IS NULL OR a.until > {NOW})
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(a.child_id)))"""


def file_of(case: str) -> str:
    """The file of the case is open to the reader, to the sections of the role."""
    return f"""({READS_FILES} AND {granted(case, OPENS_FILE)})
        OR ({SUPERVISES} AND EXISTS (SELECT FROM cases c WHERE c.id = {case}))"""


def known(case: str) -> str:
    """The reader may know of the case: its file, its state, what was asked of the own unit."""
    return f"EXISTS (SELECT FROM cases c WHERE c.id = {case})"


def behind(table: str, key: str) -> str:
    """As far as the row of the other table is read."""
    return f"EXISTS (SELECT FROM {table} p WHERE p.id = {key})"


def of_unit(column: str) -> str:
    return f"({IS_SOMEBODY} AND {column} = {UNIT})"


def of_user(column: str) -> str:
    return f"{column} = {USER}"


CASES = f"""({READS_FILES} AND {granted("cases.id", OPENS_FILE)})
    OR ({SUPERVISES} AND ({COMMUNE} IS NULL OR cases.commune_code = {COMMUNE})
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(cases.child_id)))
    OR ({IS_SOMEBODY} AND (vt_took(cases.report_id) OR vt_is_asked(cases.id))
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(cases.child_id)))"""
CHILDREN = f"""EXISTS (SELECT FROM cases c WHERE c.child_id = children.id)
    OR ({SUPERVISES} AND children.residence_commune = {COMMUNE}
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(children.id)))"""
REPORTS = f"""EXISTS (SELECT FROM cases c WHERE c.report_id = reports.id)
    OR (({of_unit("reports.taken_by_unit_id")}
         OR ({SUPERVISES} AND ({COMMUNE} IS NULL OR reports.event_commune = {COMMUNE})))
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_report(reports.id)))"""
REFERRALS = f"""({file_of("referrals.case_id")})
    OR ({RECEIVES} AND referrals.to_unit_id = {UNIT} AND referrals.state <> 'draft'
        AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_case(referrals.case_id)))"""
OBLIGATIONS = f"""({of_unit("obligations.unit_id")} OR {of_user("obligations.user_id")}
        OR {of_user("obligations.handed_to_id")} OR {of_user("obligations.stand_in_id")}
        OR {SUPERVISES})
    AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_case(obligations.case_id))
    OR ({file_of("obligations.case_id")})"""
DEADLINES = f"""{of_unit("deadlines.unit_id")}
    OR {known("deadlines.subject_id")}
    OR EXISTS (SELECT FROM reports p WHERE p.id = deadlines.subject_id)
    OR EXISTS (SELECT FROM referrals p WHERE p.id = deadlines.subject_id)"""

# what stands in the file of a case
IN_FILE = (
    "care_placements", "case_conferences", "case_events", "dossiers", "erasure_requests",
    "follow_ups", "group_memberships", "initial_assessments", "legal_holds", "plan_activities",
    "plan_decisions", "planned_visits", "plans", "quality_findings", "referral_requests", "reviews",
    "safety_measures", "services_received", "specific_assessments", "verifications",
    "yearly_reviews",
)  # fmt: skip
# what hangs on a row of another table: (table, its column, the other table)
PARTS = (
    ("assessment_needs", "assessment_id", "initial_assessments"),
    ("care_visits", "placement_id", "care_placements"),
    ("carers", "child_id", "children"),
    ("conference_actions", "conference_id", "case_conferences"),
    ("conference_people", "conference_id", "case_conferences"),
    ("deadline_extensions", "deadline_id", "deadlines"),
    ("file_chunks", "file_id", "stored_files"),
    ("import_rows", "import_id", "sheet_imports"),
    ("informants", "report_id", "reports"),
    ("obligation_answers", "obligation_id", "obligations"),
    ("outside_links", "referral_id", "referrals"),
    ("plan_goals", "plan_id", "plans"),
    ("plan_problems", "plan_id", "plans"),
    ("plan_revisions", "plan_id", "plans"),
    ("prosecution_results", "request_id", "prosecution_requests"),
    ("referral_disputes", "referral_id", "referrals"),
    ("referral_files", "referral_id", "referrals"),
    ("referral_steps", "referral_id", "referrals"),
    ("separation_extensions", "separation_id", "separations"),
    ("shelter_addresses", "separation_id", "separations"),
    ("specific_needs", "assessment_id", "specific_assessments"),
    ("specific_texts", "assessment_id", "specific_assessments"),
)
# what more than the file opens
SPECIAL = {
    "break_glasses": f"{of_user('by_id')} OR {file_of('break_glasses.case_id')}",
    "case_files": f"""{file_of("case_files.case_id")}
        OR EXISTS (SELECT FROM referral_files r WHERE r.file_id = case_files.id)""",
    "case_transfers": f"""(({of_unit("to_unit_id")} OR {of_unit("from_unit_id")})
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_case(case_transfers.case_id)))
        OR {file_of("case_transfers.case_id")}""",
    "cases": CASES,
    "child_links": f"{behind('children', 'child_links.a_id')} OR {behind('children', 'child_links.b_id')}",
    "child_merges": f"{behind('children', 'child_merges.kept_id')} OR {behind('children', 'child_merges.merged_id')}",
    "children": CHILDREN,
    "consents": f"""{file_of("consents.case_id")}
        OR EXISTS (SELECT FROM referrals r WHERE r.consent_id = consents.id)""",
    "deadlines": DEADLINES,
    "drafts": of_user("user_id"),
    "exports": f"{of_user('by_id')} OR {of_unit('unit_id')} OR {SUPERVISES}",
    "obligations": OBLIGATIONS,
    "personal_reminders": of_user("user_id"),
    "prosecution_requests": f"""(({of_unit("unit_id")} OR {of_unit("to_unit_id")})
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_case(prosecution_requests.case_id)))
        OR {file_of("prosecution_requests.case_id")}""",
    "reading_questions": f"{of_user('user_id')} OR {SUPERVISES}",
    "referrals": REFERRALS,
    "reports": REPORTS,
    "room_notes": known("room_notes.case_id"),
    "room_tasks": known("room_tasks.case_id"),
    "separations": f"{of_unit('place_unit_id')} OR {file_of('separations.case_id')}",
    "sheet_imports": of_unit("unit_id"),
    "stored_files": f"""{of_user("by_id")}
        OR EXISTS (SELECT FROM case_files f WHERE f.file_id = stored_files.id)
        OR EXISTS (SELECT FROM exports f WHERE f.file_id = stored_files.id)
        OR EXISTS (SELECT FROM sheet_imports f WHERE f.file_id = stored_files.id)
        OR ({IS_READER} AND EXISTS (SELECT FROM board_values f WHERE f.file_id = stored_files.id))""",
}


def policies() -> dict[str, str]:
    """By table: which rows the reader of a transaction is shown."""
    found = {table: file_of(f"{table}.case_id") for table in IN_FILE}
    found |= {table: behind(other, f"{table}.{key}") for table, key, other in PARTS}
    return dict(sorted((found | SPECIAL).items()))


def _function(signature: str, query: str) -> None:
    """Sees every row, answers yes or no; nobody puts a table of their own in its path."""
    op.execute(
        f"CREATE FUNCTION {signature} RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = public, pg_temp AS $$ SELECT EXISTS ({query}) $$"
    )


def upgrade() -> None:
    kept_out = f"SELECT FROM case_denials d WHERE d.user_id = {USER} AND d.until IS NULL"
    _function("vt_is_kept_out()", kept_out)
    _function("vt_is_kept_out_of_child(child uuid)", f"{kept_out} AND d.child_id = child")
    _function(
        "vt_is_kept_out_of_case(of_case uuid)",
        f"{kept_out} AND d.child_id = (SELECT c.child_id FROM cases c WHERE c.id = of_case)",
    )
    _function(
        "vt_is_kept_out_of_report(report uuid)",
        f"{kept_out} AND d.child_id IN (SELECT c.child_id FROM cases c WHERE c.report_id = report)",
    )
    _function(
        "vt_took(report uuid)",
        f"SELECT FROM reports r WHERE r.id = report AND r.taken_by_unit_id = {UNIT}",
    )
    _function(
        "vt_is_asked(of_case uuid)",
        f"""SELECT 1 FROM referrals r WHERE r.case_id = of_case AND r.to_unit_id = {UNIT}
                AND r.state <> 'draft'
            UNION ALL SELECT 1 FROM case_transfers t WHERE t.case_id = of_case
                AND t.to_unit_id = {UNIT} AND t.state = 'offered'""",
    )
    # also the hidden ones, for filters that leave them out; in the name of a person who is given,
    # since what writes reads as the house
    of_denied = (
        "CREATE FUNCTION {}(of_user uuid) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER"
        " SET search_path = public, pg_temp ROWS 10 AS $$ SELECT c.{} FROM case_denials d"
        " JOIN cases c ON c.child_id = d.child_id WHERE d.user_id = of_user AND d.until IS NULL $$"
    )
    op.execute(of_denied.format("vt_denied_cases", "id"))
    op.execute(of_denied.format("vt_denied_reports", "report_id"))
    # one number of all children, for the index of names: has any been written since?
    op.execute(
        "CREATE FUNCTION vt_newest_child(own bigint) RETURNS bigint LANGUAGE sql STABLE"
        " SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT changed_xid FROM children"
        " WHERE changed_xid IS DISTINCT FROM own ORDER BY changed_xid DESC LIMIT 1 $$"
    )
    op.execute(
        "CREATE FUNCTION vt_number_of_case(of_case uuid) RETURNS text LANGUAGE sql STABLE"
        " SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT number FROM cases"
        " WHERE id = of_case $$"
    )
    for table, rows in policies().items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_read ON {table} USING ({EVERY} OR {rows}) WITH CHECK (true)"
        )


def downgrade() -> None:
    for table in policies():
        op.execute(f"DROP POLICY {table}_read ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for signature in (
        "vt_denied_reports(uuid)",
        "vt_denied_cases(uuid)",
        "vt_newest_child(bigint)",
        "vt_number_of_case(uuid)",
        "vt_is_asked(uuid)",
        "vt_took(uuid)",
        "vt_is_kept_out_of_report(uuid)",
        "vt_is_kept_out_of_case(uuid)",
        "vt_is_kept_out_of_child(uuid)",
        "vt_is_kept_out()",
    ):
        op.execute(f"DROP FUNCTION {signature}")
