"""The first schema: people, cases, clocks, accounts, and the log that only grows.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Appends events ([chain, body] pairs) to their chains; the only way to write the log. The shared
# advisory lock lets a checkpoint wait until no append is under way.
AUDIT_FUNCTION = (
    """
CREATE FUNCTION audit_append_all(events jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    item jsonb; v_chain uuid; v_body text; v_fields jsonb; v_previous bytea; v_seq bigint; v_hash bytea;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7305001);
    FOR item IN SELECT value FROM jsonb_array_elements(events) LOOP
        v_chain := (item->>0)::uuid;
        v_body := item->>1;
        v_fields := v_body::jsonb;
        INSERT INTO audit_heads (chain_id, seq, hash)
            VALUES (v_chain, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
        SELECT seq + 1, hash INTO v_seq, v_previous FROM audit_heads WHERE chain_id = v_chain FOR UPDATE;
        v_hash := sha256('\\x01'::bytea || v_previous || int8send(v_seq) || uuid_send(v_chain)
            || convert_to(v_body, 'UTF8'));
        INSERT INTO audit_events (chain_id, seq, at, actor_id, subject_id, action, outcome, body, hash)
            VALUES (v_chain, v_seq, (v_fields->>'at')::timestamptz, (v_fields->>'actor')::uuid,
                (v_fields->>'subject')::uuid, v_fields->>'action', v_fields->>'outcome', v_body, v_hash);
        UPDATE audit_heads SET seq = v_seq, hash = v_hash WHERE chain_id = v_chain;
    END LOOP;
END $$
""",
    "REVOKE ALL ON FUNCTION audit_append_all(jsonb) FROM PUBLIC",
    """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only';
END $$
""",
)

TRIGGERS = (
    "CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_events_keep_all BEFORE TRUNCATE ON audit_events"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_checkpoints_keep BEFORE UPDATE OR DELETE ON audit_checkpoints"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_checkpoints_keep_all BEFORE TRUNCATE ON audit_checkpoints"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    # the name index of each worker asks for what changed since a transaction id
    """
CREATE FUNCTION children_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$
""",
    "CREATE TRIGGER children_changed BEFORE INSERT OR UPDATE ON children"
    " FOR EACH ROW EXECUTE FUNCTION children_changed()",
    # erasing a child destroys its key; the name must leave the indexes too
    """
CREATE FUNCTION data_keys_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE children SET version = version WHERE key_id = NEW.id;
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER data_keys_destroyed AFTER UPDATE OF wrapped ON data_keys"
    " FOR EACH ROW WHEN (NEW.wrapped IS NULL AND OLD.wrapped IS NOT NULL)"
    " EXECUTE FUNCTION data_keys_destroyed()",
)

# The role of the web and job processes: it reads the log and appends through the function only.
GRANTS = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vongtay_app') THEN
        GRANT USAGE ON SCHEMA public TO vongtay_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO vongtay_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO vongtay_app;
        REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit_events, audit_heads FROM vongtay_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON audit_checkpoints FROM vongtay_app;
        REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM vongtay_app;
        GRANT EXECUTE ON FUNCTION audit_append_all(jsonb) TO vongtay_app;
    END IF;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
        sa.Column("event_count", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_action", "audit_events", ["action", "id"], unique=False)
    op.create_index("ix_audit_events_actor", "audit_events", ["actor_id", "id"], unique=False)
    op.create_index(
        "ix_audit_events_at", "audit_events", ["at"], unique=False, postgresql_using="brin"
    )
    op.create_index("ix_audit_events_subject", "audit_events", ["subject_id", "id"], unique=False)
    op.create_index("uq_audit_events_chain", "audit_events", ["chain_id", "seq"], unique=True)
    op.create_table(
        "audit_heads",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("citation", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "case_access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("sections", postgresql.JSONB(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_access")),
    )
    op.create_index("ix_case_access_case", "case_access", ["case_id"], unique=False)
    op.create_index(
        "ix_case_access_holder",
        "case_access",
        ["holder_id", "child_id"],
        unique=False,
        postgresql_include=["case_id", "reason", "since", "until"],
    )
    op.create_index(
        "uq_case_access", "case_access", ["holder_id", "case_id", "reason", "since"], unique=True
    )
    op.create_table(
        "case_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_case_numbers")),
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_label", sa.String(), nullable=False),
        sa.Column("rule_key", sa.String(), nullable=False),
        sa.Column("rule_version", sa.SmallInteger(), nullable=False),
        sa.Column("cycle", sa.SmallInteger(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("miss_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index(op.f("ix_deadlines_commune_code"), "deadlines", ["commune_code"], unique=False)
    op.create_index(
        "ix_deadlines_open",
        "deadlines",
        ["effective_due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
        postgresql_include=["commune_code", "extended_to"],
    )
    op.create_index(
        "ix_deadlines_unit_open",
        "deadlines",
        ["unit_id", "effective_due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "ix_deadlines_unnoted",
        "deadlines",
        ["effective_due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL AND miss_noted_at IS NULL",
    )
    op.create_index(
        "uq_deadlines_subject", "deadlines", ["subject_id", "rule_key", "cycle"], unique=True
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "job_leases",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_leases")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["available_at"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(
        "ix_sign_in_attempts_account", "sign_in_attempts", ["account", "at"], unique=False
    )
    op.create_index(
        "ix_sign_in_attempts_address", "sign_in_attempts", ["address", "at"], unique=False
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_index(op.f("ix_units_commune_code"), "units", ["commune_code"], unique=False)
    op.create_table(
        "children",
        sa.Column("full_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("aliases_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("dob_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("dob_precision", sa.String(length=40), nullable=False),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("estimated_age", sa.SmallInteger(), nullable=True),
        sa.Column("estimated_on", sa.Date(), nullable=True),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("national_id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("national_id_hash", sa.LargeBinary(), nullable=True),
        sa.Column("ethnicity", sa.String(), nullable=True),
        sa.Column("residence_commune", sa.String(), nullable=True),
        sa.Column("residence_text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("stay_commune", sa.String(), nullable=True),
        sa.Column("stay_text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("school_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_xid", sa.BIGINT(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_children_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_children")),
    )
    op.create_index(op.f("ix_children_changed_xid"), "children", ["changed_xid"], unique=False)
    op.create_index(
        op.f("ix_children_national_id_hash"), "children", ["national_id_hash"], unique=False
    )
    op.create_index(
        op.f("ix_children_residence_commune"), "children", ["residence_commune"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("totp_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_users_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_users_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_index(op.f("ix_users_unit_id"), "users", ["unit_id"], unique=False)
    op.create_table(
        "carers",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("full_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("occupation_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_caregiver", sa.Boolean(), nullable=False),
        sa.Column("is_suspected", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_carers_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_carers_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carers")),
    )
    op.create_index(op.f("ix_carers_child_id"), "carers", ["child_id"], unique=False)
    op.create_index("ix_carers_phone_hash", "carers", ["phone_hash"], unique=False)
    op.create_table(
        "deadline_extensions",
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_deadline_extensions_asked_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["deadline_id"],
            ["deadlines.id"],
            name=op.f("fk_deadline_extensions_deadline_id_deadlines"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_deadline_extensions_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_deadline_extensions_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_extensions")),
    )
    op.create_index(
        op.f("ix_deadline_extensions_deadline_id"),
        "deadline_extensions",
        ["deadline_id"],
        unique=False,
    )
    op.create_index(
        "uq_deadline_extensions_pending",
        "deadline_extensions",
        ["deadline_id"],
        unique=True,
        postgresql_where="decided_at IS NULL",
    )
    op.create_table(
        "drafts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_drafts_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(
        "uq_drafts_place",
        "drafts",
        ["user_id", "form", "subject_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_invitations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_user_id"), "invitations", ["user_id"], unique=False)
    op.create_table(
        "pending_sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_pending_sign_ins_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pending_sign_ins_token_hash")),
    )
    op.create_index(
        op.f("ix_pending_sign_ins_user_id"), "pending_sign_ins", ["user_id"], unique=False
    )
    op.create_table(
        "reports",
        sa.Column("form_version", sa.SmallInteger(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("doc_no", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_unit_id", sa.Uuid(), nullable=False),
        sa.Column("received_by_id", sa.Uuid(), nullable=False),
        sa.Column("event_commune", sa.String(), nullable=True),
        sa.Column("event_place_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("abuse_forms", postgresql.JSONB(), nullable=False),
        sa.Column("sc_groups", postgresql.JSONB(), nullable=False),
        sa.Column("abuse_setting", sa.String(), nullable=True),
        sa.Column("perpetrator_relation", sa.String(), nullable=True),
        sa.Column("is_present_danger", sa.Boolean(), nullable=False),
        sa.Column("is_caregiver_suspected", sa.Boolean(), nullable=False),
        sa.Column("child_condition_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("likely_consequence_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("family_context_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("current_caregiver_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("child_location_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("prior_actions_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("routed_to_unit_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_reports_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["users.id"], name=op.f("fk_reports_received_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["routed_to_unit_id"], ["units.id"], name=op.f("fk_reports_routed_to_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_unit_id"], ["units.id"], name=op.f("fk_reports_taken_by_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(
        "ix_reports_taken", "reports", ["taken_by_unit_id", "received_at", "id"], unique=False
    )
    op.create_index(
        "ix_reports_unrouted",
        "reports",
        ["received_at"],
        unique=False,
        postgresql_where="routed_at IS NULL",
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("commune_code", sa.String(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("abuse_forms", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("risk_level", sa.String(length=40), nullable=True),
        sa.Column("risk_rank", sa.SmallInteger(), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("age_at_report", sa.SmallInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_cases_child_id_children")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_cases_owner_id_users")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_cases_report_id_reports")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_cases_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_child_id"), "cases", ["child_id"], unique=False)
    op.create_index(op.f("ix_cases_commune_code"), "cases", ["commune_code"], unique=False)
    op.create_index("ix_cases_opened", "cases", ["opened_at", "id"], unique=False)
    op.create_index(op.f("ix_cases_owner_id"), "cases", ["owner_id"], unique=False)
    op.create_index(op.f("ix_cases_report_id"), "cases", ["report_id"], unique=False)
    op.create_index(
        "ix_cases_unit_work",
        "cases",
        ["unit_id", "is_ended", "risk_rank", "last_event_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cases_unopened",
        "cases",
        ["report_id"],
        unique=False,
        postgresql_where="first_opened_at IS NULL",
    )
    op.create_index(
        "ix_cases_work", "cases", ["is_ended", "risk_rank", "last_event_at", "id"], unique=False
    )
    op.create_table(
        "informants",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("notes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_informants_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_informants_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_informants")),
        sa.UniqueConstraint("report_id", name=op.f("uq_informants_report_id")),
    )
    op.create_table(
        "case_events",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_case_events_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_case_events_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_case_events_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_events")),
    )
    op.create_index(
        "ix_case_events_case", "case_events", ["case_id", "happened_at", "id"], unique=False
    )
    op.create_table(
        "initial_assessments",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form_version", sa.SmallInteger(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("is_life_threatening", sa.Boolean(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("computed_level", sa.String(length=40), nullable=False),
        sa.Column("wanted_level", sa.String(length=40), nullable=False),
        sa.Column("final_level", sa.String(length=40), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("comment_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("override_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("override_state", sa.String(length=40), nullable=True),
        sa.Column("second_by_id", sa.Uuid(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_initial_assessments_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_initial_assessments_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_initial_assessments_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["second_by_id"], ["users.id"], name=op.f("fk_initial_assessments_second_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_assessments")),
    )
    op.create_index(
        "ix_initial_assessments_case", "initial_assessments", ["case_id", "typed_at"], unique=False
    )
    op.create_index(
        "ix_initial_assessments_pending",
        "initial_assessments",
        ["typed_at"],
        unique=False,
        postgresql_where="override_state = 'pending'",
    )
    op.create_table(
        "safety_measures",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("is_none_needed", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("description_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("performed_by_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_safety_measures_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_safety_measures_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_safety_measures_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_measures")),
    )
    op.create_index(
        "ix_safety_measures_case", "safety_measures", ["case_id", "started_at"], unique=False
    )
    op.create_index(
        "ix_safety_measures_ends",
        "safety_measures",
        ["ends_at"],
        unique=False,
        postgresql_where="ends_at IS NOT NULL",
    )
    op.create_table(
        "verifications",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_verifications_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_verifications_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["cases.id"], name=op.f("fk_verifications_duplicate_of_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_verifications_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index(op.f("ix_verifications_case_id"), "verifications", ["case_id"], unique=False)
    op.create_table(
        "assessment_needs",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("need", sa.String(), nullable=False),
        sa.Column("service_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("provider_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["initial_assessments.id"],
            name=op.f("fk_assessment_needs_assessment_id_initial_assessments"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_assessment_needs_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_needs")),
    )
    op.create_index(
        op.f("ix_assessment_needs_assessment_id"),
        "assessment_needs",
        ["assessment_id"],
        unique=False,
    )
    for statement in (*AUDIT_FUNCTION, *TRIGGERS, GRANTS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER data_keys_destroyed ON data_keys")
    op.execute("DROP FUNCTION data_keys_destroyed()")
    op.execute("DROP TRIGGER children_changed ON children")
    op.execute("DROP FUNCTION children_changed()")
    op.execute("DROP FUNCTION audit_append_all(jsonb)")
    op.drop_index(op.f("ix_assessment_needs_assessment_id"), table_name="assessment_needs")
    op.drop_table("assessment_needs")
    op.drop_index(op.f("ix_verifications_case_id"), table_name="verifications")
    op.drop_table("verifications")
    op.drop_index(
        "ix_safety_measures_ends",
        table_name="safety_measures",
        postgresql_where="ends_at IS NOT NULL",
    )
    op.drop_index("ix_safety_measures_case", table_name="safety_measures")
    op.drop_table("safety_measures")
    op.drop_index(
        "ix_initial_assessments_pending",
        table_name="initial_assessments",
        postgresql_where="override_state = 'pending'",
    )
    op.drop_index("ix_initial_assessments_case", table_name="initial_assessments")
    op.drop_table("initial_assessments")
    op.drop_index("ix_case_events_case", table_name="case_events")
    op.drop_table("case_events")
    op.drop_table("informants")
    op.drop_index("ix_cases_work", table_name="cases")
    op.drop_index(
        "ix_cases_unopened", table_name="cases", postgresql_where="first_opened_at IS NULL"
    )
    op.drop_index("ix_cases_unit_work", table_name="cases")
    op.drop_index(op.f("ix_cases_report_id"), table_name="cases")
    op.drop_index(op.f("ix_cases_owner_id"), table_name="cases")
    op.drop_index("ix_cases_opened", table_name="cases")
    op.drop_index(op.f("ix_cases_commune_code"), table_name="cases")
    op.drop_index(op.f("ix_cases_child_id"), table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_reports_unrouted", table_name="reports", postgresql_where="routed_at IS NULL")
    op.drop_index("ix_reports_taken", table_name="reports")
    op.drop_table("reports")
    op.drop_index(op.f("ix_pending_sign_ins_user_id"), table_name="pending_sign_ins")
    op.drop_table("pending_sign_ins")
    op.drop_index(op.f("ix_invitations_user_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("uq_drafts_place", table_name="drafts", postgresql_nulls_not_distinct=True)
    op.drop_table("drafts")
    op.drop_index(
        "uq_deadline_extensions_pending",
        table_name="deadline_extensions",
        postgresql_where="decided_at IS NULL",
    )
    op.drop_index(op.f("ix_deadline_extensions_deadline_id"), table_name="deadline_extensions")
    op.drop_table("deadline_extensions")
    op.drop_index("ix_carers_phone_hash", table_name="carers")
    op.drop_index(op.f("ix_carers_child_id"), table_name="carers")
    op.drop_table("carers")
    op.drop_index(op.f("ix_users_unit_id"), table_name="users")
    op.drop_table("users")
    op.drop_index(op.f("ix_children_residence_commune"), table_name="children")
    op.drop_index(op.f("ix_children_national_id_hash"), table_name="children")
    op.drop_index(op.f("ix_children_changed_xid"), table_name="children")
    op.drop_table("children")
    op.drop_index(op.f("ix_units_commune_code"), table_name="units")
    op.drop_table("units")
    op.drop_index("ix_sign_in_attempts_address", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_account", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_index("ix_outbox_open", table_name="outbox", postgresql_where="done_at IS NULL")
    op.drop_table("outbox")
    op.drop_table("job_leases")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("uq_deadlines_subject", table_name="deadlines")
    op.drop_index(
        "ix_deadlines_unnoted",
        table_name="deadlines",
        postgresql_where="closed_at IS NULL AND miss_noted_at IS NULL",
    )
    op.drop_index(
        "ix_deadlines_unit_open", table_name="deadlines", postgresql_where="closed_at IS NULL"
    )
    op.drop_index(
        "ix_deadlines_open",
        table_name="deadlines",
        postgresql_where="closed_at IS NULL",
        postgresql_include=["commune_code", "extended_to"],
    )
    op.drop_index(op.f("ix_deadlines_commune_code"), table_name="deadlines")
    op.drop_table("deadlines")
    op.drop_table("data_keys")
    op.drop_table("case_numbers")
    op.drop_index("uq_case_access", table_name="case_access")
    op.drop_index(
        "ix_case_access_holder",
        table_name="case_access",
        postgresql_include=["case_id", "reason", "since", "until"],
    )
    op.drop_index("ix_case_access_case", table_name="case_access")
    op.drop_table("case_access")
    op.drop_table("calendar_days")
    op.drop_table("audit_heads")
    op.drop_index("uq_audit_events_chain", table_name="audit_events")
    op.drop_index("ix_audit_events_subject", table_name="audit_events")
    op.drop_index("ix_audit_events_at", table_name="audit_events", postgresql_using="brin")
    op.drop_index("ix_audit_events_actor", table_name="audit_events")
    op.drop_index("ix_audit_events_action", table_name="audit_events")
    op.drop_table("audit_events")
    op.drop_table("audit_checkpoints")
    op.execute("DROP FUNCTION audit_refuse()")
