"""The needs meeting: who was there, what was decided, what was given out to do.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_conferences",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("situation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("child_view_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("child_represented_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("family_view_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decisions_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("dissent_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_case_conferences_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_conferences_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_case_conferences_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_conferences")),
    )
    op.create_index(
        "ix_case_conferences_case", "case_conferences", ["case_id", "happened_at"], unique=False
    )
    op.create_table(
        "conference_actions",
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("unit_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("owner_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"],
            ["case_conferences.id"],
            name=op.f("fk_conference_actions_conference_id_case_conferences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["users.id"], name=op.f("fk_conference_actions_done_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_conference_actions_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_actions")),
    )
    op.create_index(
        op.f("ix_conference_actions_conference_id"),
        "conference_actions",
        ["conference_id"],
        unique=False,
    )
    op.create_table(
        "conference_people",
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("agency_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("input_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"],
            ["case_conferences.id"],
            name=op.f("fk_conference_people_conference_id_case_conferences"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_conference_people_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference_people")),
    )
    op.create_index(
        op.f("ix_conference_people_conference_id"),
        "conference_people",
        ["conference_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_conference_people_conference_id"), table_name="conference_people")
    op.drop_table("conference_people")
    op.drop_index(op.f("ix_conference_actions_conference_id"), table_name="conference_actions")
    op.drop_table("conference_actions")
    op.drop_index("ix_case_conferences_case", table_name="case_conferences")
    op.drop_table("case_conferences")
