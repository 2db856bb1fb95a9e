"""Indexes of what was told to one person and is not done, and of what was handed over.

Revision ID: 0020a
Revises: 0019
"""

from alembic import op

revision = "0020a"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_deliveries_unanswered",
        "deliveries",
        ["recipient_id", "obligation_id"],
        unique=False,
        postgresql_where="channel = 'app' AND acted_at IS NULL",
    )
    op.create_index(
        "ix_obligations_handed",
        "obligations",
        ["handed_to_id", "due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL AND handed_to_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_obligations_handed", table_name="obligations")
    op.drop_index("ix_deliveries_unanswered", table_name="deliveries")
