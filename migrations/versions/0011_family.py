"""Children of one household, and records of one child merged and separated.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "child_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("a_id < b_id", name=op.f("ck_child_links_order")),
        sa.ForeignKeyConstraint(
            ["a_id"], ["children.id"], name=op.f("fk_child_links_a_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["b_id"], ["children.id"], name=op.f("fk_child_links_b_id_children")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_child_links_by_id_users")),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_child_links_ended_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_links")),
    )
    op.create_index("ix_child_links_b", "child_links", ["b_id"], unique=False)
    op.create_index(
        "uq_child_links_pair",
        "child_links",
        ["a_id", "b_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "child_merges",
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("separated_by", sa.Uuid(), nullable=True),
        sa.Column("separated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_child_merges_by_id_users")),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["children.id"], name=op.f("fk_child_merges_kept_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_child_merges_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["children.id"], name=op.f("fk_child_merges_merged_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["separated_by"], ["users.id"], name=op.f("fk_child_merges_separated_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_merges")),
    )
    op.create_index("ix_child_merges_kept", "child_merges", ["kept_id"], unique=False)
    op.create_index(
        "uq_child_merges_merged",
        "child_merges",
        ["merged_id"],
        unique=True,
        postgresql_where="separated_at IS NULL",
    )
    op.add_column("children", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_children_merged_into_id_children"),
        "children",
        "children",
        ["merged_into_id"],
        ["id"],
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_children_merged_into_id_children"), "children", type_="foreignkey")
    op.drop_column("children", "merged_into_id")
    op.drop_index(
        "uq_child_merges_merged", table_name="child_merges", postgresql_where="separated_at IS NULL"
    )
    op.drop_index("ix_child_merges_kept", table_name="child_merges")
    op.drop_table("child_merges")
    op.drop_index(
        "uq_child_links_pair", table_name="child_links", postgresql_where="ended_at IS NULL"
    )
    op.drop_index("ix_child_links_b", table_name="child_links")
    op.drop_table("child_links")
