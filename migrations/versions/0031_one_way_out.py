"""Dossiers are an export like the others; HIV and what was told of sexual abuse stand apart.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_LIVED_A_DAY = (  # each can be asked for again, now with a password
    "DELETE FROM file_chunks WHERE file_id IN (SELECT file_id FROM dossiers)",
    "UPDATE tasks SET state = 'cancelled', ended_at = now()"
    " WHERE kind = 'dossier' AND ended_at IS NULL",
)
# What stood in the section of health; whoever works the case had that section and has these.
_COMPARTMENTS = (
    "UPDATE case_events SET section = 'hiv' WHERE section = 'health' AND facts->>'group' = 'HIV'",
    "UPDATE case_events SET section = 'sexual_abuse'"
    " WHERE section = 'health' AND (facts->>'group' = 'SEX_ABUSE'"
    " OR facts->>'sub' IN ('EXPLOITED.2', 'EXPLOITED.3', 'EXPLOITED.4'))",
)
_BACK_TO_HEALTH = (
    "UPDATE case_events SET section = 'health' WHERE section IN ('hiv', 'sexual_abuse')",
    "UPDATE case_files SET section = 'health' WHERE section IN ('hiv', 'sexual_abuse')",
)


def upgrade() -> None:
    for statement in _COMPARTMENTS:
        op.execute(statement)
    for statement in _LIVED_A_DAY:
        op.execute(statement)
    op.execute("CREATE TEMPORARY TABLE old_dossiers AS SELECT file_id FROM dossiers")
    op.drop_index("ix_dossiers_kept", table_name="dossiers")
    op.drop_column("dossiers", "file_id")
    op.drop_column("dossiers", "made_at")
    op.execute("DELETE FROM stored_files WHERE id IN (SELECT file_id FROM old_dossiers)")
    op.execute("DROP TABLE old_dossiers")


def downgrade() -> None:
    for statement in _BACK_TO_HEALTH:
        op.execute(statement)
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
