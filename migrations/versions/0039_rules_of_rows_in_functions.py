"""Row-level security: the same rows by shorter rules. What a rule asked of other tables with rules of
their own (is the case known? the report? what a clock is of?) stands in functions: a
statement over ten tables had some two thousand parts to plan and to begin.

Revision ID: 0039
Revises: 0038
"""

# ruff: noqa: S608  # put together of constants of this file

from pathlib import Path
from runpy import run_path

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def _said(name: str, kind: str) -> str:
    return f"NULLIF(current_setting('vt.{name}', true), '')::{kind}"


# Inside functions; in a rule each stands in a sub-select, which is computed once a statement.
USER, UNIT, NOW = _said("user", "uuid"), _said("unit", "uuid"), _said("now", "timestamptz")
COMMUNE = _said("commune", "text")
READER = "current_setting('vt.scope', true) = 'reader'"
ROLE = "current_setting('vt.role', true)"
_FILES = f"({READER} AND {ROLE} IN ('cp_worker', 'commune_chair'))"
_SUPERVISES = f"({READER} AND {ROLE} = 'supervisor')"
_RECEIVES = f"""({READER}
    AND {ROLE} IN ('agency_officer', 'unit_lead', 'cp_worker', 'commune_chair'))"""
_SOMEBODY = f"({READER} AND {ROLE} NOT IN ('analyst', 'administrator'))"
HOUSE = "(SELECT current_setting('vt.scope', true) = 'house')"
EVERY = f"""(SELECT current_setting('vt.scope', true) = 'house' OR ({READER}
    AND {ROLE} = 'supervisor' AND current_setting('vt.commune', true) = ''
    AND NOT vt_is_kept_out()))"""
FILES, SUPERVISES = f"(SELECT {_FILES})", f"(SELECT {_SUPERVISES})"
RECEIVES, SOMEBODY = f"(SELECT {_RECEIVES})", f"(SELECT {_SOMEBODY})"
IS_WORKER = f"(SELECT {READER} AND {ROLE} = 'cp_worker')"
ME, MY_UNIT, PRESENT = f"(SELECT {USER})", f"(SELECT {UNIT})", f"(SELECT {NOW})"
IS_KEPT_OUT = "(SELECT vt_is_kept_out())"
AREA = f"((SELECT {COMMUNE} IS NULL) OR {{}} = (SELECT {COMMUNE}))"


def _opened(case: str, user: str, unit: str, now: str, kept_out: str) -> str:
    """A row of case_access opens the file to the reader or the unit, now."""
    return f"""EXISTS (SELECT FROM case_access a WHERE a.case_id = {case}
        AND a.holder_id IN ({user}, {unit})
        AND a.reason IN ('unit_works', 'assigned', 'break_glass') AND a.since <= {now}
        AND (a.until IS NULL OR a.until > {now})
        AND NOT ({kept_out} AND vt_is_kept_out_of_child(a.child_id)))"""


IN_FUNCTION = (USER, UNIT, NOW, "vt_is_kept_out()")
IN_RULE = (ME, MY_UNIT, PRESENT, IS_KEPT_OUT)
FUNCTIONS = {
    "vt_knows_case(of_case uuid)": f"""EXISTS (SELECT FROM cases c WHERE c.id = of_case AND (
        ({_FILES} AND {_opened("c.id", *IN_FUNCTION)})
        OR ((({_SUPERVISES} AND ({COMMUNE} IS NULL OR c.commune_code = {COMMUNE}))
                OR ({_SOMEBODY} AND (vt_took(c.report_id) OR vt_is_asked(c.id))))
            AND NOT (vt_is_kept_out() AND vt_is_kept_out_of_child(c.child_id)))))""",
    "vt_reads_file(of_case uuid)": f"""({_FILES} AND {_opened("of_case", *IN_FUNCTION)})
        OR ({_SUPERVISES} AND vt_knows_case(of_case))""",
    "vt_knows_report(report uuid)": f"""EXISTS (SELECT FROM cases c
            WHERE c.report_id = report AND vt_knows_case(c.id))
        OR EXISTS (SELECT FROM reports r WHERE r.id = report
            AND (({_SOMEBODY} AND r.taken_by_unit_id = {UNIT}) OR ({_SUPERVISES}
                AND ({COMMUNE} IS NULL OR r.event_commune = {COMMUNE})))
            AND NOT (vt_is_kept_out() AND vt_is_kept_out_of_report(r.id)))""",
    "vt_knows_subject(subject uuid)": f"""vt_knows_case(subject) OR vt_knows_report(subject)
        OR EXISTS (SELECT FROM referrals f WHERE f.id = subject AND (vt_reads_file(f.case_id)
            OR ({_RECEIVES} AND f.to_unit_id = {UNIT} AND f.state <> 'draft'
                AND NOT (vt_is_kept_out() AND vt_is_kept_out_of_case(f.case_id)))))
        OR EXISTS (SELECT FROM break_glasses g WHERE g.id = subject
            AND (g.by_id = {USER} OR vt_reads_file(g.case_id)))""",
}


def file_of(case: str) -> str:
    return f"""(({FILES} AND {_opened(case, *IN_RULE)})
        OR ({SUPERVISES} AND vt_knows_case({case})))"""


def behind(table: str, key: str) -> str:
    return f"EXISTS (SELECT FROM {table} p WHERE p.id = {key})"


def of_unit(*columns: str) -> str:
    mine = " OR ".join(f"{column} = {MY_UNIT}" for column in columns)
    return f"({SOMEBODY} AND ({mine}))"


def of_user(*columns: str) -> str:
    return " OR ".join(f"{column} = {ME}" for column in columns)


def kept_out_of(case: str) -> str:
    return f"({IS_KEPT_OUT} AND vt_is_kept_out_of_case({case}))"


_WORKED = f"o.unit_id = {MY_UNIT} AND {file_of('o.id')}"
# what stands in the file of a case
IN_FILE = (
    "care_placements", "case_conferences", "case_events", "dossiers", "erasure_requests",
    "follow_ups", "group_memberships", "initial_assessments", "legal_holds", "plan_activities",
    "plan_decisions", "planned_visits", "plans", "quality_findings", "referral_requests", "reviews",
    "safety_measures", "services_received", "separations", "specific_assessments", "verifications",
    "yearly_reviews",
)  # fmt: skip
# more than the file opens, or less; the parts of parts (`behind`) are as before
RULES = {
    "break_glasses": f"{of_user('by_id')} OR {file_of('break_glasses.case_id')}",
    "case_files": f"""{file_of("case_files.case_id")}
        OR EXISTS (SELECT FROM referral_files r WHERE r.file_id = case_files.id)""",
    "case_transfers": f"""({of_unit("to_unit_id", "from_unit_id")}
            AND NOT {kept_out_of("case_transfers.case_id")})
        OR {file_of("case_transfers.case_id")}""",
    "cases": f"""({FILES} AND {_opened("cases.id", *IN_RULE)})
        OR ((({SUPERVISES} AND {AREA.format("cases.commune_code")})
                OR ({SOMEBODY} AND (vt_took(cases.report_id) OR vt_is_asked(cases.id))))
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(cases.child_id)))""",
    "child_links": f"{behind('children', 'child_links.a_id')} OR {behind('children', 'child_links.b_id')}",
    "child_merges": f"{behind('children', 'child_merges.kept_id')} OR {behind('children', 'child_merges.merged_id')}",
    "children": f"""EXISTS (SELECT FROM cases c WHERE c.child_id = children.id)
        OR ({SUPERVISES} AND children.residence_commune = (SELECT {COMMUNE})
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_child(children.id)))""",
    "consents": f"""{file_of("consents.case_id")}
        OR EXISTS (SELECT FROM referrals r WHERE r.consent_id = consents.id)""",
    "deadlines": f"""({of_unit("deadlines.unit_id")} AND NOT ({IS_KEPT_OUT}
            AND (vt_is_kept_out_of_case(deadlines.subject_id)
                OR vt_is_kept_out_of_report(deadlines.subject_id))))
        OR vt_knows_subject(deadlines.subject_id)""",
    "exports": f"{of_user('by_id')} OR {of_unit('unit_id')} OR {SUPERVISES}",
    "obligations": f"""(({of_unit("obligations.unit_id")}
            OR {of_user("user_id", "handed_to_id", "stand_in_id")}
            OR ({SUPERVISES} AND (obligations.case_id IS NULL
                OR vt_knows_case(obligations.case_id))))
            AND NOT {kept_out_of("obligations.case_id")})
        OR {file_of("obligations.case_id")}""",
    "prosecution_requests": f"""({of_unit("unit_id", "to_unit_id")}
            AND NOT {kept_out_of("prosecution_requests.case_id")})
        OR {file_of("prosecution_requests.case_id")}""",
    "reading_questions": f"{of_user('user_id')} OR {SUPERVISES}",
    "referrals": f"""{file_of("referrals.case_id")} OR ({RECEIVES} AND to_unit_id = {MY_UNIT}
        AND state <> 'draft' AND NOT {kept_out_of("referrals.case_id")})""",
    "reports": f"""EXISTS (SELECT FROM cases c WHERE c.report_id = reports.id)
        OR (({of_unit("reports.taken_by_unit_id")}
                OR ({SUPERVISES} AND {AREA.format("reports.event_commune")}))
            AND NOT ({IS_KEPT_OUT} AND vt_is_kept_out_of_report(reports.id)))""",
    "room_notes": "vt_knows_case(room_notes.case_id)",
    "room_tasks": "vt_knows_case(room_tasks.case_id)",
    "sheet_imports": of_unit("unit_id"),
    "stored_files": f"""{of_user("by_id")} OR EXISTS (SELECT FROM case_files f WHERE f.file_id = stored_files.id)
        OR EXISTS (SELECT FROM exports f WHERE f.file_id = stored_files.id AND f.by_id = {ME})
        OR EXISTS (SELECT FROM sheet_imports f WHERE f.file_id = stored_files.id)
        OR ((SELECT {READER})
            AND EXISTS (SELECT FROM board_values f WHERE f.file_id = stored_files.id))""",
    **{table: file_of(f"{table}.case_id") for table in IN_FILE},
}
# shown to nobody else, not to a supervisor of the whole province neither
OWN = {
    "drafts": of_user("user_id"),
    "informants": f"""({IS_WORKER} AND EXISTS (SELECT FROM cases o
        WHERE o.report_id = informants.report_id AND {_WORKED}))""",
    "personal_reminders": of_user("user_id"),
    "shelter_addresses": f"""({FILES} AND EXISTS (SELECT FROM separations p
        JOIN cases o ON o.id = p.case_id
        WHERE p.id = shelter_addresses.separation_id AND {_WORKED}))""",
}
PARTS = (
    ("assessment_needs", "assessment_id", "initial_assessments"),
    ("care_visits", "placement_id", "care_placements"),
    ("carers", "child_id", "children"),
    ("conference_actions", "conference_id", "case_conferences"),
    ("conference_people", "conference_id", "case_conferences"),
    ("deadline_extensions", "deadline_id", "deadlines"),
    ("file_chunks", "file_id", "stored_files"),
    ("import_rows", "import_id", "sheet_imports"),
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
    ("specific_needs", "assessment_id", "specific_assessments"),
    ("specific_texts", "assessment_id", "specific_assessments"),
)


def upgrade() -> None:
    for signature, rule in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {signature} RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER"
            f" SET search_path = public, pg_temp AS $$ BEGIN RETURN {rule}; END $$"
        )
    rules = RULES | {table: behind(other, f"{table}.{key}") for table, key, other in PARTS}
    for table, rows in rules.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({EVERY} OR {rows})")
    for table, rows in OWN.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({HOUSE} OR {rows})")


def downgrade() -> None:
    """The rules of the three migrations before, in their own words."""
    first, narrower, compartments = (
        run_path(str(Path(__file__).with_name(f"{name}.py")))
        for name in ("0036_row_security", "0037_row_security_narrower", "0038_compartments_in_rows")
    )
    rules = first["policies"]() | narrower["AFTER"]
    for table, rows in rules.items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({first['EVERY']} OR {rows})")
    for table, rows in compartments["AFTER"].items():
        op.execute(f"ALTER POLICY {table}_read ON {table} USING ({rows})")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
