"""Indexes of the lists of referrals: unassigned ones, newcomers, a supervisor's area.

Revision ID: 0019i
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019i"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_referrals_officer", table_name="referrals")
    op.create_index("ix_referrals_officer", "referrals", ["officer_id", "stage", "due_at", "id"])
    op.create_index(
        "ix_referrals_unassigned",
        "referrals",
        ["to_unit_id", "stage", "due_at", "id"],
        postgresql_where=sa.text("officer_id IS NULL"),
    )
    op.create_index("ix_referrals_news", "referrals", ["to_unit_id", "sent_at"])
    op.create_index("ix_referrals_area", "referrals", ["sent_stage", "due_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_referrals_area", table_name="referrals")
    op.drop_index("ix_referrals_news", table_name="referrals")
    op.drop_index(
        "ix_referrals_unassigned",
        table_name="referrals",
        postgresql_where=sa.text("officer_id IS NULL"),
    )
    op.drop_index("ix_referrals_officer", table_name="referrals")
    op.create_index("ix_referrals_officer", "referrals", ["officer_id", "stage"])
