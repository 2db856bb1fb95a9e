"""Casework: the plan's cycle, follow-up, reopened cases; long work in the background.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# Tables of this and of every later migration: the role of the web and job processes works in them.
# A table that it may not change takes the right away again.
GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vongtay_app') THEN
        ALTER DEFAULT PRIVILEGES IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO vongtay_app;
    END IF;
END $$
"""
REVOKED = GRANTS.replace("GRANT SELECT", "REVOKE SELECT").replace(
    " TO vongtay_app", " FROM vongtay_app"
)


def upgrade() -> None:
    op.execute(GRANTS)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(
        "ix_tasks_open", "tasks", ["created_at"], unique=False, postgresql_where="ended_at IS NULL"
    )
    op.create_index("ix_tasks_user", "tasks", ["user_id", "created_at"], unique=False)
    op.add_column(
        "cases", sa.Column("cycle", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.alter_column("cases", "cycle", server_default=None)
    op.add_column("cases", sa.Column("previous_id", sa.Uuid(), nullable=True))
    op.add_column("cases", sa.Column("next_visit_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("check_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_cases_checks",
        "cases",
        ["unit_id", "check_on"],
        unique=False,
        postgresql_where="check_on IS NOT NULL",
    )
    op.create_index(
        "ix_cases_previous",
        "cases",
        ["previous_id"],
        unique=False,
        postgresql_where="previous_id IS NOT NULL",
    )
    op.create_index(
        "ix_cases_visits",
        "cases",
        ["unit_id", "next_visit_at"],
        unique=False,
        postgresql_where="NOT is_ended AND next_visit_at IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_cases_previous_id_cases"), "cases", "cases", ["previous_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_cases_previous_id_cases"), "cases", type_="foreignkey")
    op.drop_index(
        "ix_cases_visits",
        table_name="cases",
        postgresql_where="NOT is_ended AND next_visit_at IS NOT NULL",
    )
    op.drop_index(
        "ix_cases_previous", table_name="cases", postgresql_where="previous_id IS NOT NULL"
    )
    op.drop_index("ix_cases_checks", table_name="cases", postgresql_where="check_on IS NOT NULL")
    op.drop_column("cases", "check_on")
    op.drop_column("cases", "next_visit_at")
    op.drop_column("cases", "previous_id")
    op.drop_column("cases", "cycle")
    op.drop_index("ix_tasks_user", table_name="tasks")
    op.drop_index("ix_tasks_open", table_name="tasks", postgresql_where="ended_at IS NULL")
    op.drop_table("tasks")
    op.execute(REVOKED)
