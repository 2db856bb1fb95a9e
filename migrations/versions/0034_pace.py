"""Which different files a person opened of late; the code of a one-time link lives for minutes.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_openings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_file_openings_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "file_id", name=op.f("pk_file_openings")),
    )
    op.create_index("ix_file_openings_at", "file_openings", ["user_id", "at"], unique=False)
    op.add_column(
        "outside_links", sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE outside_links SET code_expires_at = created_at")  # another one can be made
    op.alter_column("outside_links", "code_expires_at", nullable=False)


def downgrade() -> None:
    op.drop_column("outside_links", "code_expires_at")
    op.drop_table("file_openings")
