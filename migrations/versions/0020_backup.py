"""What came of each nightly backup.

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
    op.create_table(
        "backup_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("made_ms", sa.Integer(), nullable=True),
        sa.Column("proved_ms", sa.Integer(), nullable=True),
        sa.Column("events", sa.BigInteger(), nullable=True),
        sa.Column("fields", sa.Integer(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_runs")),
    )
    op.create_index("ix_backup_runs_started", "backup_runs", ["started_at"])


def downgrade() -> None:
    op.drop_table("backup_runs")
