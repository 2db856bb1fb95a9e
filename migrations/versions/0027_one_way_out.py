"""Dossiers are an export like the others; HIV and what was told of sexual abuse stand apart.

Revision ID: 0027
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None

_LIVED_A_DAY = (  # each can be asked for again, now with a password
    "DELETE FROM file_chunks WHERE file_id IN (SELECT file_id FROM dossiers)",
    "UPDATE tasks SET state = 'cancelled', ended_at = now()"
    " WHERE kind = 'dossier' AND ended_at IS NULL",
)


def upgrade() -> None:
    for statement in _LIVED_A_DAY:
        op.execute(statement)
    op.execute("CREATE TEMPORARY TABLE old_dossiers AS SELECT file_id FROM dossiers")
    op.drop_index("ix_dossiers_kept", table_name="dossiers")
    op.drop_column("dossiers", "file_id")
    op.drop_column("dossiers", "made_at")
    op.execute("DELETE FROM stored_files WHERE id IN (SELECT file_id FROM old_dossiers)")
    op.execute("DROP TABLE old_dossiers")


def downgrade() -> None:
    op.add_column("dossiers", sa.Column("made_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("dossiers", sa.Column("file_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_dossiers_file_id_stored_files"), "dossiers", "stored_files", ["file_id"], ["id"]
    )
    op.create_index(
        "ix_dossiers_kept",
        "dossiers",
        ["made_at"],
        unique=False,
        postgresql_where="file_id IS NOT NULL",
    )
