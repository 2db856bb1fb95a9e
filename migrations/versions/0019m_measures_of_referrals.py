"""The measures of referrals go by the moment of sending.

Revision ID: 0019m
Revises: 0018
"""

from alembic import op

revision = "0019m"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_referrals_measured", "referrals", ["to_unit_id", "sent_at"], unique=False)
    op.create_index(
        "ix_referrals_sent_at",
        "referrals",
        ["sent_at"],
        unique=False,
        postgresql_where="sent_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index(
        "ix_referrals_sent_at", table_name="referrals", postgresql_where="sent_at IS NOT NULL"
    )
    op.drop_index("ix_referrals_measured", table_name="referrals")
