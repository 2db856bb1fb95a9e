"""When a child's commune was last changed by hand, and how old a child was at the event. Who hangs on a report has facts derived anew when
it changes: also whose report was split from it, and further episodes.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_OF_CASES = (
    "child_id report_id commune_code category abuse_forms state risk_level age_at_report"
    " opened_at ended_at"
).split()
_BEFORE = """INSERT INTO fact_changes (child_id)
    SELECT child_id FROM cases WHERE report_id = coalesce(NEW.id, OLD.id);"""
_AFTER = """WITH RECURSIVE told AS (
        SELECT c.id, c.child_id FROM cases c WHERE c.report_id = ANY(ARRAY(
            SELECT coalesce(NEW.id, OLD.id)
            UNION ALL SELECT r.id FROM reports r WHERE r.split_from_id = coalesce(NEW.id, OLD.id)))
        UNION
        SELECT c.id, c.child_id FROM cases c JOIN told ON c.previous_id = told.id
    )
    INSERT INTO fact_changes (child_id) SELECT DISTINCT child_id FROM told;"""


def _follow_reports(body: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION fact_change_by_report() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _watch_cases(*columns: str) -> None:
    op.execute("DROP TRIGGER cases_fact_change ON cases")
    op.execute(
        "CREATE TRIGGER cases_fact_change AFTER INSERT OR DELETE"
        f" OR UPDATE OF {', '.join(columns)} ON cases"
        " FOR EACH ROW EXECUTE FUNCTION fact_change_by_child()"
    )


def upgrade() -> None:
    op.add_column(
        "children", sa.Column("residence_noted_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("cases", sa.Column("age_at_event", sa.SmallInteger(), nullable=True))
    op.create_index(
        "ix_reports_split",
        "reports",
        ["split_from_id"],
        unique=False,
        postgresql_where="split_from_id IS NOT NULL",
    )
    _follow_reports(_AFTER)
    _watch_cases(*_OF_CASES, "previous_id", "age_at_event")


def downgrade() -> None:
    _watch_cases(*_OF_CASES)
    _follow_reports(_BEFORE)
    op.drop_index(
        "ix_reports_split",
        table_name="reports",
        postgresql_where="split_from_id IS NOT NULL",
    )
    op.drop_column("cases", "age_at_event")
    op.drop_column("children", "residence_noted_at")
