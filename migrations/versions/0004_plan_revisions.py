"""Each edit of a plan kept whole, numbers of decisions, plans that wait for their decision.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_revisions",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("snapshot_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_plan_revisions_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_plan_revisions_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_revisions_plan_id_plans")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_revisions")),
    )
    op.create_index(
        "uq_plan_revisions_version", "plan_revisions", ["plan_id", "version"], unique=True
    )
    op.add_column("plan_decisions", sa.Column("unit_id", sa.Uuid(), nullable=False))
    op.add_column("plan_decisions", sa.Column("number_year", sa.SmallInteger(), nullable=True))
    op.add_column("plan_decisions", sa.Column("number_order", sa.Integer(), nullable=True))
    op.create_index(
        "uq_plan_decisions_number",
        "plan_decisions",
        ["unit_id", "number_year", "number_order"],
        unique=True,
        postgresql_where="number_order IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_plan_decisions_unit_id_units"), "plan_decisions", "units", ["unit_id"], ["id"]
    )
    op.create_index(
        "ix_plans_submitted",
        "plans",
        ["submitted_at"],
        unique=False,
        postgresql_where="state = 'submitted'",
    )


def downgrade() -> None:
    op.drop_index("ix_plans_submitted", table_name="plans", postgresql_where="state = 'submitted'")
    op.drop_constraint(
        op.f("fk_plan_decisions_unit_id_units"), "plan_decisions", type_="foreignkey"
    )
    op.drop_index(
        "uq_plan_decisions_number",
        table_name="plan_decisions",
        postgresql_where="number_order IS NOT NULL",
    )
    op.drop_column("plan_decisions", "number_order")
    op.drop_column("plan_decisions", "number_year")
    op.drop_column("plan_decisions", "unit_id")
    op.drop_index("uq_plan_revisions_version", table_name="plan_revisions")
    op.drop_table("plan_revisions")
