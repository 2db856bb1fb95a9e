"""Memberships in the groups of special circumstances, and their yearly reviews.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_memberships",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("sub_code", sa.String(), nullable=True),
        sa.Column("list_version", sa.SmallInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("poverty", sa.String(), nullable=False),
        sa.Column("evidence_kind", sa.String(), nullable=True),
        sa.Column("evidence_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issuer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("end_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_group_memberships_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_group_memberships_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["users.id"], name=op.f("fk_group_memberships_ended_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_group_memberships_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_group_memberships_recorded_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_memberships")),
    )
    op.create_index("ix_group_memberships_case", "group_memberships", ["case_id"], unique=False)
    op.create_index(
        "ix_group_memberships_child", "group_memberships", ["child_id", "since"], unique=False
    )
    op.create_index(
        "ix_group_memberships_group", "group_memberships", ["group_code", "child_id"], unique=False
    )
    op.create_index(
        "uq_group_memberships_running",
        "group_memberships",
        ["child_id", "group_code", "sub_code"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where="until IS NULL",
    )
    op.create_table(
        "yearly_reviews",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("is_still_in", sa.Boolean(), nullable=False),
        sa.Column("has_changed", sa.Boolean(), nullable=False),
        sa.Column("needs", postgresql.JSONB(), nullable=False),
        sa.Column("poverty", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_yearly_reviews_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_yearly_reviews_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_yearly_reviews_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_yearly_reviews_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["group_memberships.id"],
            name=op.f("fk_yearly_reviews_membership_id_group_memberships"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_reviews")),
    )
    op.create_index("ix_yearly_reviews_child", "yearly_reviews", ["child_id"], unique=False)
    op.create_index(
        "uq_yearly_reviews_year", "yearly_reviews", ["membership_id", "year"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_yearly_reviews_year", table_name="yearly_reviews")
    op.drop_index("ix_yearly_reviews_child", table_name="yearly_reviews")
    op.drop_table("yearly_reviews")
    op.drop_index(
        "uq_group_memberships_running",
        table_name="group_memberships",
        postgresql_nulls_not_distinct=True,
        postgresql_where="until IS NULL",
    )
    op.drop_index("ix_group_memberships_group", table_name="group_memberships")
    op.drop_index("ix_group_memberships_child", table_name="group_memberships")
    op.drop_index("ix_group_memberships_case", table_name="group_memberships")
    op.drop_table("group_memberships")
