"""A case handed over to another province: which one, and its receipt.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_transfers", sa.Column("to_province", sa.String(), nullable=True))
    op.add_column("case_transfers", sa.Column("receipt_number", sa.String(), nullable=True))
    op.add_column("case_transfers", sa.Column("receipt_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_transfers", "receipt_on")
    op.drop_column("case_transfers", "receipt_number")
    op.drop_column("case_transfers", "to_province")
