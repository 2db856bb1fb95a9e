"""Values of the 24 indicators of the plan in every version; baselines and milestones.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_paths",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("baseline_year", sa.SmallInteger(), nullable=True),
        sa.Column("baseline_value", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("milestones", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_board_paths_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_paths")),
    )
    op.create_index("uq_board_paths", "board_paths", ["part", "version"], unique=True)
    op.create_table(
        "board_values",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL)", name=op.f("ck_board_values_both_counts")
        ),
        sa.CheckConstraint("value >= 0", name=op.f("ck_board_values_value_not_negative")),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_board_values_by_id_users")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_board_values_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_board_values_file_id_stored_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_values")),
    )
    op.create_index("uq_board_values", "board_values", ["part", "year", "version"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_board_values", table_name="board_values")
    op.drop_table("board_values")
    op.drop_index("uq_board_paths", table_name="board_paths")
    op.drop_table("board_paths")
