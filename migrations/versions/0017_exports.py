"""Exports of lists, with who agreed to them; when the user of a session last typed the password.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("serial", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("sections", postgresql.JSONB(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("case_ids", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_exports_by_id_users")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_exports_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_exports_file_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_exports_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_exports_task_id_tasks")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_exports_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("serial", name=op.f("uq_exports_serial")),
    )
    op.create_index("ix_exports_by", "exports", ["by_id", "id"], unique=False)
    op.create_index(
        "ix_exports_kept",
        "exports",
        ["made_at"],
        unique=False,
        postgresql_where="file_id IS NOT NULL",
    )
    op.create_index(
        "ix_exports_waiting",
        "exports",
        ["asked_at"],
        unique=False,
        postgresql_where="state = 'asked'",
    )
    op.add_column(
        "user_sessions", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE user_sessions SET confirmed_at = created_at")
    op.alter_column("user_sessions", "confirmed_at", nullable=False)


def downgrade() -> None:
    op.drop_column("user_sessions", "confirmed_at")
    op.drop_index("ix_exports_waiting", table_name="exports", postgresql_where="state = 'asked'")
    op.drop_index("ix_exports_kept", table_name="exports", postgresql_where="file_id IS NOT NULL")
    op.drop_index("ix_exports_by", table_name="exports")
    op.drop_table("exports")
