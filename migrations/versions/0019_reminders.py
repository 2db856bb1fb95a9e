"""Reminders: what is due, the ledger of what was told, messages, choices, rules.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


# The earliest step of a rule after a moment: each step is (part of the term, offset in seconds).
NEXT_AT = """
CREATE FUNCTION reminder_next_at(
    places jsonb, started_at timestamptz, due_at timestamptz, last_at timestamptz
) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(moment) FROM (
        SELECT started_at + make_interval(secs =>
            extract(epoch FROM due_at - started_at)::double precision
            * (place ->> 0)::double precision + (place ->> 1)::double precision) AS moment
        FROM jsonb_array_elements(places) AS place
    ) AS moments WHERE moment > last_at
$$
"""


def upgrade() -> None:
    op.execute(NEXT_AT)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_messages_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index(
        "ix_messages_dead",
        "messages",
        ["created_at"],
        unique=False,
        postgresql_where="state = 'dead'",
    )
    op.create_index(
        "ix_messages_waiting",
        "messages",
        ["try_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("keys_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_push_subscriptions_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_push_subscriptions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_push_subscriptions_endpoint_hash")),
    )
    op.create_index("ix_push_subscriptions_user", "push_subscriptions", ["user_id"], unique=False)
    op.create_table(
        "reminder_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("channels", postgresql.JSONB(), nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("feed_hash", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_reminder_choices_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_reminder_choices_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_choices")),
        sa.UniqueConstraint("feed_hash", name=op.f("uq_reminder_choices_feed_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_reminder_choices_user_id")),
    )
    op.create_table(
        "reminder_rule_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("steps", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_reminder_rule_changes_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rule_changes")),
        sa.UniqueConstraint("number", name=op.f("uq_reminder_rule_changes_number")),
    )
    op.create_table(
        "obligations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("stand_in_id", sa.Uuid(), nullable=True),
        sa.Column("handed_to_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["stand_in_id"], ["users.id"], name=op.f("fk_obligations_stand_in_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["handed_to_id"], ["users.id"], name=op.f("fk_obligations_handed_to_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_obligations_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_obligations_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_obligations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligations")),
    )
    op.create_index("ix_obligations_case", "obligations", ["case_id"], unique=False)
    op.create_index(
        "ix_obligations_next",
        "obligations",
        ["next_at"],
        unique=False,
        postgresql_where="closed_at IS NULL AND next_at IS NOT NULL",
    )
    op.create_index(
        "ix_obligations_unit",
        "obligations",
        ["unit_id", "due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "ix_obligations_user",
        "obligations",
        ["user_id", "due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL",
    )
    op.create_index(
        "uq_obligations", "obligations", ["kind", "subject_id", "occurrence"], unique=True
    )
    op.create_table(
        "personal_reminders",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_personal_reminders_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_personal_reminders_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_personal_reminders_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_reminders")),
    )
    op.create_index(
        "ix_personal_reminders_case", "personal_reminders", ["case_id", "user_id"], unique=False
    )
    op.create_index(
        "ix_personal_reminders_open",
        "personal_reminders",
        ["due_at"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_deliveries_message_id_messages")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligations.id"],
            name=op.f("fk_deliveries_obligation_id_obligations"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["users.id"], name=op.f("fk_deliveries_recipient_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_bell",
        "deliveries",
        ["recipient_id", "created_at"],
        unique=False,
        postgresql_where="channel = 'app' AND read_at IS NULL AND acted_at IS NULL",
    )
    op.create_index("ix_deliveries_kind", "deliveries", ["kind", "created_at"], unique=False)
    op.create_index(
        "ix_deliveries_message",
        "deliveries",
        ["message_id"],
        unique=False,
        postgresql_where="message_id IS NOT NULL",
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["send_after"],
        unique=False,
        postgresql_where="state = 'waiting' AND message_id IS NULL",
    )
    op.create_index(
        "uq_deliveries",
        "deliveries",
        ["obligation_id", "occurrence", "channel", "recipient_id"],
        unique=True,
    )
    op.create_table(
        "obligation_answers",
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_id", sa.Uuid(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_obligation_answers_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_obligation_answers_decided_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_obligation_answers_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["obligation_id"],
            ["obligations.id"],
            name=op.f("fk_obligation_answers_obligation_id_obligations"),
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["users.id"], name=op.f("fk_obligation_answers_to_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligation_answers")),
    )
    op.create_index(
        "ix_obligation_answers_obligation",
        "obligation_answers",
        ["obligation_id", "at"],
        unique=False,
    )
    op.create_index(
        "ix_deliveries_unanswered",
        "deliveries",
        ["recipient_id", "obligation_id"],
        unique=False,
        postgresql_where="channel = 'app' AND acted_at IS NULL",
    )
    op.create_index(
        "ix_obligations_handed",
        "obligations",
        ["handed_to_id", "due_at"],
        unique=False,
        postgresql_where="closed_at IS NULL AND handed_to_id IS NOT NULL",
    )
    op.create_index("ix_messages_user", "messages", ["user_id", "id"])
    op.create_index("ix_messages_sent", "messages", ["sent_at"], postgresql_where="state = 'sent'")


def downgrade() -> None:
    op.execute("DROP FUNCTION reminder_next_at")
    op.drop_index("ix_messages_sent", table_name="messages")
    op.drop_index("ix_messages_user", table_name="messages")
    op.drop_index("ix_obligations_handed", table_name="obligations")
    op.drop_index("ix_deliveries_unanswered", table_name="deliveries")
    op.drop_index("ix_obligation_answers_obligation", table_name="obligation_answers")
    op.drop_table("obligation_answers")
    op.drop_index("uq_deliveries", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_waiting",
        table_name="deliveries",
        postgresql_where="state = 'waiting' AND message_id IS NULL",
    )
    op.drop_index(
        "ix_deliveries_message", table_name="deliveries", postgresql_where="message_id IS NOT NULL"
    )
    op.drop_index("ix_deliveries_kind", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_bell",
        table_name="deliveries",
        postgresql_where="channel = 'app' AND read_at IS NULL AND acted_at IS NULL",
    )
    op.drop_table("deliveries")
    op.drop_index(
        "ix_personal_reminders_open",
        table_name="personal_reminders",
        postgresql_where="done_at IS NULL",
    )
    op.drop_index("ix_personal_reminders_case", table_name="personal_reminders")
    op.drop_table("personal_reminders")
    op.drop_index("uq_obligations", table_name="obligations")
    op.drop_index(
        "ix_obligations_user", table_name="obligations", postgresql_where="closed_at IS NULL"
    )
    op.drop_index(
        "ix_obligations_unit", table_name="obligations", postgresql_where="closed_at IS NULL"
    )
    op.drop_index(
        "ix_obligations_next",
        table_name="obligations",
        postgresql_where="closed_at IS NULL AND next_at IS NOT NULL",
    )
    op.drop_index("ix_obligations_case", table_name="obligations")
    op.drop_table("obligations")
    op.drop_table("reminder_rule_changes")
    op.drop_table("reminder_choices")
    op.drop_index("ix_push_subscriptions_user", table_name="push_subscriptions")
    op.drop_table("push_subscriptions")
    op.drop_index(
        "ix_messages_waiting", table_name="messages", postgresql_where="state = 'waiting'"
    )
    op.drop_index("ix_messages_dead", table_name="messages", postgresql_where="state = 'dead'")
    op.drop_table("messages")
