"""One-stop referrals, consents, the directory, the shared room; hand-overs out of the province.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("parties", postgresql.JSONB(), nullable=False),
        sa.Column("sections", postgresql.JSONB(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_agreements_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_table(
        "service_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("age_from", sa.SmallInteger(), nullable=False),
        sa.Column("age_to", sa.SmallInteger(), nullable=False),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("places", sa.SmallInteger(), nullable=True),
        sa.Column("places_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("communes", postgresql.JSONB(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["users.id"], name=op.f("fk_service_offers_changed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_service_offers_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_offers")),
    )
    op.create_index(
        "ix_service_offers_service", "service_offers", ["service", "is_active"], unique=False
    )
    op.create_index("uq_service_offers_unit", "service_offers", ["unit_id", "service"], unique=True)
    op.create_table(
        "referral_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("package", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_referral_requests_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_referral_requests_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_requests")),
    )
    op.create_index(
        "ix_referral_requests_case", "referral_requests", ["case_id", "id"], unique=False
    )
    op.create_table(
        "room_notes",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("unit_ids", postgresql.JSONB(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_room_notes_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_room_notes_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_room_notes_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_room_notes_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_notes")),
    )
    op.create_index("ix_room_notes_case", "room_notes", ["case_id", "at", "id"], unique=False)
    op.create_index("ix_room_notes_at", "room_notes", ["at"], unique=False)
    op.create_table(
        "room_tasks",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_room_tasks_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_room_tasks_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["users.id"], name=op.f("fk_room_tasks_done_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["from_unit_id"], ["units.id"], name=op.f("fk_room_tasks_from_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_room_tasks_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["units.id"], name=op.f("fk_room_tasks_to_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_tasks")),
    )
    op.create_index("ix_room_tasks_case", "room_tasks", ["case_id", "due_on", "id"], unique=False)
    op.create_index(
        "ix_room_tasks_open",
        "room_tasks",
        ["to_unit_id", "due_on"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_index(
        "ix_room_tasks_done",
        "room_tasks",
        ["from_unit_id", "done_at"],
        unique=False,
        postgresql_where="done_at IS NOT NULL",
    )
    op.create_table(
        "consents",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("giver", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("services", postgresql.JSONB(), nullable=False),
        sa.Column("sections", postgresql.JSONB(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdraw_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_consents_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consents_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["case_files.id"], name=op.f("fk_consents_file_id_case_files")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_consents_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["users.id"], name=op.f("fk_consents_withdrawn_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_case", "consents", ["case_id", "id"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("serial", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("rules_version", sa.SmallInteger(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("sent_stage", sa.String(length=40), nullable=False),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=True),
        sa.Column("to_body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("age", sa.SmallInteger(), nullable=True),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("alerts", postgresql.JSONB(), nullable=False),
        sa.Column("sections", postgresql.JSONB(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("ground_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("tells_others", sa.Boolean(), nullable=False),
        sa.Column("access_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accept_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_level", sa.SmallInteger(), nullable=False),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_code", sa.String(), nullable=True),
        sa.Column("suggested_kind", sa.String(length=40), nullable=True),
        sa.Column("outcome_code", sa.String(), nullable=True),
        sa.Column("recall_reason", sa.String(length=40), nullable=True),
        sa.Column("is_disputed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["access_id"], ["case_access.id"], name=op.f("fk_referrals_access_id_case_access")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["plan_activities.id"],
            name=op.f("fk_referrals_activity_id_plan_activities"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_referrals_answered_by_users")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_referrals_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referrals_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_referrals_consent_id_consents")
        ),
        sa.ForeignKeyConstraint(
            ["from_unit_id"], ["units.id"], name=op.f("fk_referrals_from_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_referrals_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["users.id"], name=op.f("fk_referrals_officer_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["referrals.id"], name=op.f("fk_referrals_previous_id_referrals")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["referral_requests.id"],
            name=op.f("fk_referrals_request_id_referral_requests"),
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["units.id"], name=op.f("fk_referrals_to_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("serial", name=op.f("uq_referrals_serial")),
    )
    op.create_index(op.f("ix_referrals_activity_id"), "referrals", ["activity_id"], unique=False)
    op.create_index("ix_referrals_area", "referrals", ["sent_stage", "due_at", "id"], unique=False)
    op.create_index("ix_referrals_case", "referrals", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_referrals_consent",
        "referrals",
        ["consent_id"],
        unique=False,
        postgresql_where="consent_id IS NOT NULL",
    )
    op.create_index(
        "ix_referrals_inbox", "referrals", ["to_unit_id", "stage", "due_at", "id"], unique=False
    )
    op.create_index("ix_referrals_news", "referrals", ["to_unit_id", "sent_at"], unique=False)
    op.create_index(
        "ix_referrals_officer", "referrals", ["officer_id", "stage", "due_at", "id"], unique=False
    )
    op.create_index("ix_referrals_request", "referrals", ["request_id", "id"], unique=False)
    op.create_index(
        "ix_referrals_sent",
        "referrals",
        ["from_unit_id", "sent_stage", "due_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_referrals_sent_at",
        "referrals",
        ["sent_at"],
        unique=False,
        postgresql_where="sent_at IS NOT NULL",
    )
    op.create_index(
        "ix_referrals_silence",
        "referrals",
        ["tell_at"],
        unique=False,
        postgresql_where="tell_at IS NOT NULL",
    )
    op.create_index(
        "ix_referrals_unassigned",
        "referrals",
        ["to_unit_id", "stage", "due_at", "id"],
        unique=False,
        postgresql_where="officer_id IS NULL",
    )
    op.create_index("uq_referrals_previous", "referrals", ["previous_id"], unique=True)
    op.create_table(
        "outside_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_outside_links_created_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_outside_links_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_outside_links_token_hash")),
    )
    op.create_index("ix_outside_links_referral", "outside_links", ["referral_id"], unique=False)
    op.create_table(
        "prosecution_requests",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("form_version", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("suspect_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("procuracy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("returned_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("file_ids", postgresql.JSONB(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("number_year", sa.SmallInteger(), nullable=True),
        sa.Column("number_order", sa.Integer(), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("informed_on", sa.Date(), nullable=True),
        sa.Column("informed_number", sa.String(), nullable=True),
        sa.Column("informed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_prosecution_requests_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["users.id"], name=op.f("fk_prosecution_requests_drafted_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["informed_by"], ["users.id"], name=op.f("fk_prosecution_requests_informed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_prosecution_requests_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals.id"],
            name=op.f("fk_prosecution_requests_referral_id_referrals"),
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["users.id"], name=op.f("fk_prosecution_requests_signed_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["units.id"], name=op.f("fk_prosecution_requests_to_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_prosecution_requests_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prosecution_requests")),
    )
    op.create_index(
        "ix_prosecution_requests_case", "prosecution_requests", ["case_id", "id"], unique=False
    )
    op.create_index(
        "uq_prosecution_requests_number",
        "prosecution_requests",
        ["unit_id", "number_year", "number_order"],
        unique=True,
        postgresql_where="number_order IS NOT NULL",
    )
    op.create_index(
        "uq_prosecution_requests_open",
        "prosecution_requests",
        ["case_id"],
        unique=True,
        postgresql_where="signed_at IS NULL",
    )
    op.create_index(
        "uq_prosecution_requests_referral",
        "prosecution_requests",
        ["referral_id"],
        unique=True,
        postgresql_where="referral_id IS NOT NULL",
    )
    op.create_table(
        "referral_disputes",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_referral_disputes_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_referral_disputes_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["users.id"], name=op.f("fk_referral_disputes_raised_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referrals.id"],
            name=op.f("fk_referral_disputes_referral_id_referrals"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_disputes")),
    )
    op.create_index(
        "ix_referral_disputes_due",
        "referral_disputes",
        ["due_at"],
        unique=False,
        postgresql_where="decided_at IS NULL",
    )
    op.create_index(
        op.f("ix_referral_disputes_referral_id"), "referral_disputes", ["referral_id"], unique=False
    )
    op.create_index(
        "uq_referral_disputes_open",
        "referral_disputes",
        ["referral_id"],
        unique=True,
        postgresql_where="decided_at IS NULL",
    )
    op.create_table(
        "referral_files",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["case_files.id"], name=op.f("fk_referral_files_file_id_case_files")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referral_files_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("referral_id", "file_id", name=op.f("pk_referral_files")),
    )
    op.create_table(
        "referral_steps",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_referral_steps_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_referral_steps_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referral_steps_referral_id_referrals")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_referral_steps_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_steps")),
    )
    op.create_index(
        "ix_referral_steps_referral", "referral_steps", ["referral_id", "at", "id"], unique=False
    )
    op.create_table(
        "prosecution_results",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_prosecution_results_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_prosecution_results_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["prosecution_requests.id"],
            name=op.f("fk_prosecution_results_request_id_prosecution_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prosecution_results")),
    )
    op.create_index(
        "ix_prosecution_results_request", "prosecution_results", ["request_id", "at"], unique=False
    )
    op.add_column("case_transfers", sa.Column("to_province", sa.String(), nullable=True))
    op.add_column("case_transfers", sa.Column("receipt_number", sa.String(), nullable=True))
    op.add_column("case_transfers", sa.Column("receipt_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_transfers", "receipt_on")
    op.drop_column("case_transfers", "receipt_number")
    op.drop_column("case_transfers", "to_province")
    op.drop_index("ix_prosecution_results_request", table_name="prosecution_results")
    op.drop_table("prosecution_results")
    op.drop_index("ix_referral_steps_referral", table_name="referral_steps")
    op.drop_table("referral_steps")
    op.drop_table("referral_files")
    op.drop_index(
        "uq_referral_disputes_open",
        table_name="referral_disputes",
        postgresql_where="decided_at IS NULL",
    )
    op.drop_index(op.f("ix_referral_disputes_referral_id"), table_name="referral_disputes")
    op.drop_index(
        "ix_referral_disputes_due",
        table_name="referral_disputes",
        postgresql_where="decided_at IS NULL",
    )
    op.drop_table("referral_disputes")
    op.drop_index(
        "uq_prosecution_requests_referral",
        table_name="prosecution_requests",
        postgresql_where="referral_id IS NOT NULL",
    )
    op.drop_index(
        "uq_prosecution_requests_open",
        table_name="prosecution_requests",
        postgresql_where="signed_at IS NULL",
    )
    op.drop_index(
        "uq_prosecution_requests_number",
        table_name="prosecution_requests",
        postgresql_where="number_order IS NOT NULL",
    )
    op.drop_index("ix_prosecution_requests_case", table_name="prosecution_requests")
    op.drop_table("prosecution_requests")
    op.drop_index("ix_outside_links_referral", table_name="outside_links")
    op.drop_table("outside_links")
    op.drop_index("uq_referrals_previous", table_name="referrals")
    op.drop_index(
        "ix_referrals_unassigned", table_name="referrals", postgresql_where="officer_id IS NULL"
    )
    op.drop_index(
        "ix_referrals_silence", table_name="referrals", postgresql_where="tell_at IS NOT NULL"
    )
    op.drop_index(
        "ix_referrals_sent_at", table_name="referrals", postgresql_where="sent_at IS NOT NULL"
    )
    op.drop_index("ix_referrals_sent", table_name="referrals")
    op.drop_index("ix_referrals_request", table_name="referrals")
    op.drop_index("ix_referrals_officer", table_name="referrals")
    op.drop_index("ix_referrals_news", table_name="referrals")
    op.drop_index("ix_referrals_inbox", table_name="referrals")
    op.drop_index(
        "ix_referrals_consent", table_name="referrals", postgresql_where="consent_id IS NOT NULL"
    )
    op.drop_index("ix_referrals_case", table_name="referrals")
    op.drop_index("ix_referrals_area", table_name="referrals")
    op.drop_index(op.f("ix_referrals_activity_id"), table_name="referrals")
    op.drop_table("referrals")
    op.drop_index("ix_consents_case", table_name="consents")
    op.drop_table("consents")
    op.drop_index("ix_room_tasks_done", table_name="room_tasks")
    op.drop_index("ix_room_tasks_open", table_name="room_tasks", postgresql_where="done_at IS NULL")
    op.drop_index("ix_room_tasks_case", table_name="room_tasks")
    op.drop_table("room_tasks")
    op.drop_index("ix_room_notes_at", table_name="room_notes")
    op.drop_index("ix_room_notes_case", table_name="room_notes")
    op.drop_table("room_notes")
    op.drop_index("ix_referral_requests_case", table_name="referral_requests")
    op.drop_table("referral_requests")
    op.drop_index("uq_service_offers_unit", table_name="service_offers")
    op.drop_index("ix_service_offers_service", table_name="service_offers")
    op.drop_table("service_offers")
    op.drop_table("agreements")
