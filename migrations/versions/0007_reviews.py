"""Reviews of the plan, and the decisions to close.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("form_version", sa.SmallInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("computed_level", sa.String(length=40), nullable=False),
        sa.Column("states", postgresql.JSONB(), nullable=False),
        sa.Column("physical_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("psychological_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("cognitive_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("emotional_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("conclusion_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proposal", sa.String(length=40), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("closing_state", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("check_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_reviews_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_reviews_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_reviews_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_case", "reviews", ["case_id", "happened_at"], unique=False)
    op.create_index(
        "uq_reviews_pending",
        "reviews",
        ["case_id"],
        unique=True,
        postgresql_where="closing_state = 'pending'",
    )


def downgrade() -> None:
    op.drop_index(
        "uq_reviews_pending", table_name="reviews", postgresql_where="closing_state = 'pending'"
    )
    op.drop_index("ix_reviews_case", table_name="reviews")
    op.drop_table("reviews")
