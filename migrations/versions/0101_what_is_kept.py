"""Checkpoints of the log are numbered without a gap.

Revision ID: 0101
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # checkpoints of before have no number: what they signed cannot be changed
    op.add_column("audit_checkpoints", sa.Column("number", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_audit_checkpoints_number"), "audit_checkpoints", ["number"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_audit_checkpoints_number"), "audit_checkpoints", type_="unique")
    op.drop_column("audit_checkpoints", "number")
