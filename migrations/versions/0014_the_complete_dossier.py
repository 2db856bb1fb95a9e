"""The complete dossier of a case as one PDF: who asked for it, why, and the file for one day.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dossiers",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_dossiers_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dossiers_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_files.id"], name=op.f("fk_dossiers_file_id_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_dossiers_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
    )
    op.create_index("ix_dossiers_case", "dossiers", ["case_id"], unique=False)
    op.create_index(
        "ix_dossiers_kept",
        "dossiers",
        ["made_at"],
        unique=False,
        postgresql_where="file_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_dossiers_kept", table_name="dossiers", postgresql_where="file_id IS NOT NULL")
    op.drop_index("ix_dossiers_case", table_name="dossiers")
    op.drop_table("dossiers")
