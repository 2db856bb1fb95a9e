"""Temporary separations, substitute care, and the compartment of the shelter's address.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "care_placements",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("carer_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("relation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("grounds_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("decision_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handover_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handover_present_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handover_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("handover_by", sa.Uuid(), nullable=True),
        sa.Column("handover_typed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("end_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("next_place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("end_typed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_care_placements_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_care_placements_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_care_placements_drafted_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_care_placements_ended_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["handover_by"], ["users.id"], name=op.f("fk_care_placements_handover_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_care_placements_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_placements")),
    )
    op.create_index(
        "ix_care_placements_case", "care_placements", ["case_id", "drafted_at"], unique=False
    )
    op.create_index(
        "uq_care_placements_proposed",
        "care_placements",
        ["case_id"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_index(
        "uq_care_placements_running",
        "care_placements",
        ["case_id"],
        unique=True,
        postgresql_where="state IN ('decided', 'handed_over')",
    )
    op.create_table(
        "separations",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form_version", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("carer_ids", postgresql.JSONB(), nullable=False),
        sa.Column("from_whom_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("grounds_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("place_kind", sa.String(), nullable=False),
        sa.Column("place_unit_id", sa.Uuid(), nullable=True),
        sa.Column("place_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("carer_meanwhile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("order_document_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_longer_ordered", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_chair_alone", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("decision_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("end_note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("end_typed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_separations_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_separations_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_separations_drafted_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_separations_ended_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_separations_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["place_unit_id"], ["units.id"], name=op.f("fk_separations_place_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separations")),
    )
    op.create_index("ix_separations_case", "separations", ["case_id", "started_at"], unique=False)
    op.create_index(
        "ix_separations_ends",
        "separations",
        ["ends_at"],
        unique=False,
        postgresql_where="state = 'decided'",
    )
    op.create_index(
        "uq_separations_proposed",
        "separations",
        ["case_id"],
        unique=True,
        postgresql_where="state = 'proposed'",
    )
    op.create_index(
        "uq_separations_running",
        "separations",
        ["case_id"],
        unique=True,
        postgresql_where="state = 'decided'",
    )
    op.create_table(
        "care_visits",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_safe", sa.Boolean(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_care_visits_by_id_users")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_care_visits_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["care_placements.id"],
            name=op.f("fk_care_visits_placement_id_care_placements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_visits")),
    )
    op.create_index(
        "ix_care_visits_placement", "care_visits", ["placement_id", "happened_at"], unique=False
    )
    op.create_table(
        "separation_extensions",
        sa.Column("separation_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("decision_on", sa.Date(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_longer_ordered", sa.Boolean(), nullable=False),
        sa.Column("ordered_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("order_document_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_separation_extensions_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_separation_extensions_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["separation_id"],
            ["separations.id"],
            name=op.f("fk_separation_extensions_separation_id_separations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_separation_extensions")),
    )
    op.create_index(
        op.f("ix_separation_extensions_separation_id"),
        "separation_extensions",
        ["separation_id"],
        unique=False,
    )
    op.create_table(
        "shelter_addresses",
        sa.Column("separation_id", sa.Uuid(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("typed_by", sa.Uuid(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_shelter_addresses_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["separation_id"],
            ["separations.id"],
            name=op.f("fk_shelter_addresses_separation_id_separations"),
        ),
        sa.ForeignKeyConstraint(
            ["typed_by"], ["users.id"], name=op.f("fk_shelter_addresses_typed_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelter_addresses")),
        sa.UniqueConstraint("separation_id", name=op.f("uq_shelter_addresses_separation_id")),
    )


def downgrade() -> None:
    op.drop_table("shelter_addresses")
    op.drop_index(
        op.f("ix_separation_extensions_separation_id"), table_name="separation_extensions"
    )
    op.drop_table("separation_extensions")
    op.drop_index("ix_care_visits_placement", table_name="care_visits")
    op.drop_table("care_visits")
    op.drop_index(
        "uq_separations_running", table_name="separations", postgresql_where="state = 'decided'"
    )
    op.drop_index(
        "uq_separations_proposed", table_name="separations", postgresql_where="state = 'proposed'"
    )
    op.drop_index(
        "ix_separations_ends", table_name="separations", postgresql_where="state = 'decided'"
    )
    op.drop_index("ix_separations_case", table_name="separations")
    op.drop_table("separations")
    op.drop_index(
        "uq_care_placements_running",
        table_name="care_placements",
        postgresql_where="state IN ('decided', 'handed_over')",
    )
    op.drop_index(
        "uq_care_placements_proposed",
        table_name="care_placements",
        postgresql_where="state = 'proposed'",
    )
    op.drop_index("ix_care_placements_case", table_name="care_placements")
    op.drop_table("care_placements")
