"""Emergency openings, who read what on a day, what stands out, questions about it.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _open_deadlines(*included: str) -> None:
    """The index of running clocks, from which those of cases are counted alone."""
    op.drop_index("ix_deadlines_open", table_name="deadlines")
    op.create_index(
        "ix_deadlines_open",
        "deadlines",
        ["effective_due_at"],
        postgresql_where="closed_at IS NULL",
        postgresql_include=list(included),
    )


def upgrade() -> None:
    _open_deadlines("commune_code", "extended_to", "rule_key")
    op.create_table(
        "oversight_runs",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name=op.f("pk_oversight_runs")),
    )
    op.create_table(
        "break_glasses",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_break_glasses_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_break_glasses_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_break_glasses_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_break_glasses_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_break_glasses_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glasses")),
    )
    op.create_index("ix_break_glasses_by", "break_glasses", ["by_id", "since"], unique=False)
    op.create_index("ix_break_glasses_case", "break_glasses", ["case_id", "since"], unique=False)
    op.create_index(
        "ix_break_glasses_waiting",
        "break_glasses",
        ["since"],
        unique=False,
        postgresql_where="decided_at IS NULL",
    )
    op.create_table(
        "reading_days",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at_night", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reading_days_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_reading_days_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_days_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_days")),
    )
    op.create_index("ix_reading_days_case", "reading_days", ["case_id", "day"], unique=False)
    op.create_index("uq_reading_days", "reading_days", ["day", "user_id", "case_id"], unique=True)
    op.create_table(
        "reading_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reading_findings_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_findings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_findings")),
    )
    op.create_index("ix_reading_findings_day", "reading_findings", ["day", "id"], unique=False)
    op.create_index(
        "ix_reading_findings_new",
        "reading_findings",
        ["day", "id"],
        unique=False,
        postgresql_where="looked_at IS NULL",
    )
    op.create_index(
        "uq_reading_findings",
        "reading_findings",
        ["day", "kind", "user_id", "case_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "finding_looks",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_finding_looks_by_id_users")),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["reading_findings.id"],
            name=op.f("fk_finding_looks_finding_id_reading_findings"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_finding_looks_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_looks")),
        sa.UniqueConstraint("finding_id", name=op.f("uq_finding_looks_finding_id")),
    )
    op.create_table(
        "reading_questions",
        sa.Column("week", sa.Date(), nullable=True),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_reading_questions_asked_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_reading_questions_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"],
            ["reading_findings.id"],
            name=op.f("fk_reading_questions_finding_id_reading_findings"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_reading_questions_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["seen_by"], ["users.id"], name=op.f("fk_reading_questions_seen_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reading_questions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_questions")),
    )
    op.create_index(
        "ix_reading_questions_own", "reading_questions", ["user_id", "due_at"], unique=False
    )
    op.create_index(
        "ix_reading_questions_unseen",
        "reading_questions",
        ["due_at"],
        unique=False,
        postgresql_where="seen_at IS NULL",
    )
    op.create_index(
        "uq_reading_questions_finding", "reading_questions", ["finding_id"], unique=True
    )
    op.create_index(
        "uq_reading_questions_week",
        "reading_questions",
        ["week", "user_id", "case_id"],
        unique=True,
        postgresql_where="week IS NOT NULL",
    )


def downgrade() -> None:
    _open_deadlines("commune_code", "extended_to")
    op.drop_index(
        "uq_reading_questions_week",
        table_name="reading_questions",
        postgresql_where="week IS NOT NULL",
    )
    op.drop_index("uq_reading_questions_finding", table_name="reading_questions")
    op.drop_index(
        "ix_reading_questions_unseen",
        table_name="reading_questions",
        postgresql_where="seen_at IS NULL",
    )
    op.drop_index("ix_reading_questions_own", table_name="reading_questions")
    op.drop_table("reading_questions")
    op.drop_table("finding_looks")
    op.drop_index(
        "uq_reading_findings", table_name="reading_findings", postgresql_nulls_not_distinct=True
    )
    op.drop_index(
        "ix_reading_findings_new",
        table_name="reading_findings",
        postgresql_where="looked_at IS NULL",
    )
    op.drop_index("ix_reading_findings_day", table_name="reading_findings")
    op.drop_table("reading_findings")
    op.drop_index("uq_reading_days", table_name="reading_days")
    op.drop_index("ix_reading_days_case", table_name="reading_days")
    op.drop_table("reading_days")
    op.drop_index(
        "ix_break_glasses_waiting",
        table_name="break_glasses",
        postgresql_where="decided_at IS NULL",
    )
    op.drop_index("ix_break_glasses_case", table_name="break_glasses")
    op.drop_index("ix_break_glasses_by", table_name="break_glasses")
    op.drop_table("break_glasses")
    op.drop_table("oversight_runs")
