"""What a child received; follow-ups, planned visits and the rules of visits.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_rule_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_visit_rule_changes_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_rule_changes")),
        sa.UniqueConstraint("number", name=op.f("uq_visit_rule_changes_number")),
    )
    op.create_table(
        "follow_ups",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("safety", sa.String(length=40), nullable=False),
        sa.Column("safety_words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_child_seen", sa.Boolean(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("planned_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_follow_ups_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_follow_ups_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_follow_ups_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index(
        "ix_follow_ups_case", "follow_ups", ["case_id", "happened_at", "id"], unique=False
    )
    op.create_table(
        "planned_visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_planned_visits_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"],
            ["follow_ups.id"],
            name=op.f("fk_planned_visits_follow_up_id_follow_ups"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_visits")),
    )
    op.create_index(
        "ix_planned_visits_case", "planned_visits", ["case_id", "due_at", "id"], unique=False
    )
    op.create_index(
        "uq_planned_visits_open",
        "planned_visits",
        ["case_id"],
        unique=True,
        postgresql_where="closed_at IS NULL",
    )
    op.create_table(
        "services_received",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("service_type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("provider_unit_id", sa.Uuid(), nullable=True),
        sa.Column("provider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("is_ongoing", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("quantity_unit", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("fund_source", sa.String(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_by", sa.Uuid(), nullable=True),
        sa.Column("strike_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["plan_activities.id"],
            name=op.f("fk_services_received_activity_id_plan_activities"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_services_received_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_services_received_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_services_received_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["services_received.id"],
            name=op.f("fk_services_received_corrects_id_services_received"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_services_received_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["provider_unit_id"],
            ["units.id"],
            name=op.f("fk_services_received_provider_unit_id_units"),
        ),
        sa.ForeignKeyConstraint(
            ["struck_by"], ["users.id"], name=op.f("fk_services_received_struck_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services_received")),
    )
    op.create_index(
        "ix_services_received_activity",
        "services_received",
        ["activity_id"],
        unique=False,
        postgresql_where="activity_id IS NOT NULL",
    )
    op.create_index(
        "ix_services_received_case", "services_received", ["case_id", "from_on", "id"], unique=False
    )
    op.create_index(
        "ix_services_received_child", "services_received", ["child_id", "from_on"], unique=False
    )
    op.create_index(
        "uq_services_received_corrects", "services_received", ["corrects_id"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_services_received_corrects", table_name="services_received")
    op.drop_index("ix_services_received_child", table_name="services_received")
    op.drop_index("ix_services_received_case", table_name="services_received")
    op.drop_index(
        "ix_services_received_activity",
        table_name="services_received",
        postgresql_where="activity_id IS NOT NULL",
    )
    op.drop_table("services_received")
    op.drop_index(
        "uq_planned_visits_open", table_name="planned_visits", postgresql_where="closed_at IS NULL"
    )
    op.drop_index("ix_planned_visits_case", table_name="planned_visits")
    op.drop_table("planned_visits")
    op.drop_index("ix_follow_ups_case", table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_table("visit_rule_changes")
