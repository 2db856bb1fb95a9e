"""Thresholds of disclosure control that an administrator sets; rows are only added. The risk of a case
is no fact any more: nothing counts it.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threshold_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_threshold_changes_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_changes")),
        sa.UniqueConstraint("number", name=op.f("uq_threshold_changes_number")),
    )
    op.drop_column("fact_cases", "risk")


def downgrade() -> None:
    op.add_column("fact_cases", sa.Column("risk", sa.String(), nullable=True))
    op.drop_table("threshold_changes")
