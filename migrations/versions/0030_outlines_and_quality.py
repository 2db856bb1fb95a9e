"""Outlines of the communes for maps; contradictions in the records, and how complete they are.

Revision ID: 0030
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commune_outlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("paths", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_commune_outlines_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commune_outlines")),
    )
    op.create_table(
        "completeness",
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("of_all", sa.Integer(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("commune_code", "field", name=op.f("pk_completeness")),
    )
    op.create_table(
        "quality_findings",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.id"],
            name=op.f("fk_quality_findings_case_id_cases"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "case_id", name=op.f("pk_quality_findings")),
    )
    op.create_index("ix_quality_findings_case", "quality_findings", ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_quality_findings_case", table_name="quality_findings")
    op.drop_table("quality_findings")
    op.drop_table("completeness")
    op.drop_table("commune_outlines")
