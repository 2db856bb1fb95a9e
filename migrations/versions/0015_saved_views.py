"""Kept views of the list of cases; groups and forms of abuse can be asked for.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_saved_views_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "ix_saved_views_user", "saved_views", ["user_id", "position", "id"], unique=False
    )
    op.create_index(
        "ix_cases_abuse", "cases", ["abuse_forms"], unique=False, postgresql_using="gin"
    )
    op.create_index(
        "ix_reports_groups", "reports", ["sc_groups"], unique=False, postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_index("ix_reports_groups", table_name="reports", postgresql_using="gin")
    op.drop_index("ix_cases_abuse", table_name="cases", postgresql_using="gin")
    op.drop_index("ix_saved_views_user", table_name="saved_views")
    op.drop_table("saved_views")
