"""Reports of communes and of the province, in versions.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "periodic_reports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("rules_version", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), server_default="drafted", nullable=False),
        sa.Column("number", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_periodic_reports_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_reports")),
    )
    op.create_index(
        "ix_periodic_reports_due",
        "periodic_reports",
        ["due_at"],
        unique=False,
        postgresql_where="state IN ('drafted', 'returned')",
    )
    op.create_index(
        "ix_periodic_reports_unit", "periodic_reports", ["unit_id", "ends_on"], unique=False
    )
    op.create_index(
        "uq_periodic_reports", "periodic_reports", ["schedule", "period", "unit_id"], unique=True
    )
    op.create_table(
        "periodic_report_versions",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("results_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("difficulties_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposals_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("correction_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("staff", postgresql.JSONB(), nullable=False),
        sa.Column("tables", postgresql.JSONB(), nullable=True),
        sa.Column("counts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_periodic_report_versions_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_periodic_report_versions_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_periodic_report_versions_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["periodic_reports.id"],
            name=op.f("fk_periodic_report_versions_report_id_periodic_reports"),
        ),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["users.id"], name=op.f("fk_periodic_report_versions_sent_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_report_versions")),
    )
    op.create_index(
        "uq_periodic_report_versions",
        "periodic_report_versions",
        ["report_id", "number"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("uq_periodic_report_versions", table_name="periodic_report_versions")
    op.drop_table("periodic_report_versions")
    op.drop_index("uq_periodic_reports", table_name="periodic_reports")
    op.drop_index("ix_periodic_reports_unit", table_name="periodic_reports")
    op.drop_index(
        "ix_periodic_reports_due",
        table_name="periodic_reports",
        postgresql_where="state IN ('drafted', 'returned')",
    )
    op.drop_table("periodic_reports")
