"""Facts of the indicators, derived from the records; the queue of what changed; the population.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {body} RETURN NULL; END $$"
    )


def _cases_of(condition: str) -> str:
    head = "INSERT INTO fact_changes (child_id) SELECT child_id FROM cases WHERE "
    return head + condition + ";"


# Whichever program writes: what was changed of a child is noted in the same transaction.
FUNCTIONS = (
    _function(
        "fact_change_of_child",
        "INSERT INTO fact_changes (child_id) VALUES (coalesce(NEW.id, OLD.id));"
        " IF OLD.merged_into_id IS NOT NULL THEN"
        " INSERT INTO fact_changes (child_id) VALUES (OLD.merged_into_id); END IF;",
    ),
    _function(
        "fact_change_by_child",
        "INSERT INTO fact_changes (child_id) VALUES (coalesce(NEW.child_id, OLD.child_id));"
        " IF OLD.child_id <> NEW.child_id THEN"
        " INSERT INTO fact_changes (child_id) VALUES (OLD.child_id); END IF;",
    ),
    _function("fact_change_by_case", _cases_of("id IN (NEW.case_id, OLD.case_id)")),
    _function("fact_change_by_clock", _cases_of("id IN (NEW.subject_id, OLD.subject_id)")),
    _function("fact_change_by_report", _cases_of("report_id = coalesce(NEW.id, OLD.id)")),
    _function(
        "fact_change_by_unit",
        "IF OLD.commune_code IS DISTINCT FROM NEW.commune_code THEN"
        " INSERT INTO fact_changes (child_id) SELECT DISTINCT c.child_id FROM cases c"
        " JOIN case_transfers t ON t.case_id = c.id WHERE t.from_unit_id = NEW.id; END IF;",
    ),
)
WATCHED = (
    (
        "children",
        "fact_change_of_child",
        ("birth_year", "sex", "residence_commune", "created_at", "merged_into_id"),
    ),
    (
        "cases",
        "fact_change_by_child",
        (
            "child_id",
            "report_id",
            "commune_code",
            "category",
            "abuse_forms",
            "state",
            "risk_level",
            "age_at_report",
            "opened_at",
            "ended_at",
        ),
    ),
    (
        "reports",
        "fact_change_by_report",
        (
            "category",
            "channel",
            "received_at",
            "typed_at",
            "event_commune",
            "event_at",
            "abuse_forms",
            "abuse_setting",
            "perpetrator_relation",
            "split_from_id",
        ),
    ),
    (
        "verifications",
        "fact_change_by_case",
        ("case_id", "outcome", "happened_at", "typed_at"),
    ),
    (
        "group_memberships",
        "fact_change_by_child",
        ("child_id", "group_code", "sub_code", "since", "until", "recorded_at", "ended_at"),
    ),
    (
        "services_received",
        "fact_change_by_case",
        ("case_id", "kind", "from_on", "to_on", "is_ongoing", "typed_at", "struck_at"),
    ),
    (
        "safety_measures",
        "fact_change_by_case",
        ("case_id", "is_none_needed", "started_at", "ends_at", "typed_at"),
    ),
    (
        "separations",
        "fact_change_by_case",
        ("case_id", "state", "started_at", "ends_at", "decided_at", "ended_at", "end_typed_at"),
    ),
    (
        "care_placements",
        "fact_change_by_case",
        ("case_id", "state", "handed_over_at", "handover_typed_at", "ended_on", "end_typed_at"),
    ),
    (
        "deadlines",
        "fact_change_by_clock",
        (
            "subject_id",
            "rule_key",
            "commune_code",
            "started_at",
            "effective_due_at",
            "met_at",
            "voided_at",
            "closed_at",
        ),
    ),
    (
        "referrals",
        "fact_change_by_case",
        (
            "case_id",
            "kind",
            "service",
            "urgency",
            "to_unit_id",
            "commune_code",
            "sent_at",
            "accept_due_at",
            "answered_at",
            "ended_at",
            "outcome_code",
            "state",
        ),
    ),
    (
        "case_transfers",
        "fact_change_by_case",
        ("case_id", "state", "from_unit_id", "to_unit_id", "answered_at"),
    ),
    ("units", "fact_change_by_unit", ("commune_code",)),
)


def upgrade() -> None:
    op.create_table(
        "fact_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("forms", postgresql.JSONB(), nullable=False),
        sa.Column("setting", sa.String(), nullable=True),
        sa.Column("relation", sa.String(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("event_commune", sa.String(), nullable=True),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column("is_event_day_known", sa.Boolean(), nullable=False),
        sa.Column("age", sa.SmallInteger(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("risk", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_cases")),
    )
    op.create_index("ix_fact_cases_event_on", "fact_cases", ["event_on"], unique=False)
    op.create_index("ix_fact_cases_received_on", "fact_cases", ["received_on"], unique=False)
    op.create_index("ix_fact_cases_subject", "fact_cases", ["subject"], unique=False)
    op.create_table(
        "fact_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_changes")),
    )
    op.create_table(
        "fact_clocks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_clocks")),
    )
    op.create_index("ix_fact_clocks_due_on", "fact_clocks", ["rule", "due_on"], unique=False)
    op.create_index("ix_fact_clocks_subject", "fact_clocks", ["subject"], unique=False)
    op.create_table(
        "fact_memberships",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("sub_code", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_memberships")),
    )
    op.create_index("ix_fact_memberships_since", "fact_memberships", ["since"], unique=False)
    op.create_index("ix_fact_memberships_subject", "fact_memberships", ["subject"], unique=False)
    op.create_table(
        "fact_referrals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("to_kind", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_referrals")),
    )
    op.create_index("ix_fact_referrals_due_on", "fact_referrals", ["due_on"], unique=False)
    op.create_index("ix_fact_referrals_subject", "fact_referrals", ["subject"], unique=False)
    op.create_table(
        "fact_residences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_residences")),
    )
    op.create_index(
        "ix_fact_residences_subject", "fact_residences", ["subject", "since"], unique=False
    )
    op.create_table(
        "fact_subjects",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_fact_subjects")),
    )
    op.create_table(
        "fact_supports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_supports")),
    )
    op.create_index("ix_fact_supports_since", "fact_supports", ["since"], unique=False)
    op.create_index("ix_fact_supports_subject", "fact_supports", ["subject"], unique=False)
    op.create_table(
        "population_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("commune_code", sa.String(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_population_entries_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_entries")),
    )
    op.create_index(
        "uq_population_entries_current",
        "population_entries",
        ["year", "commune_code"],
        unique=True,
        postgresql_where="superseded_at IS NULL",
    )
    op.create_index(
        "uq_population_entries_version",
        "population_entries",
        ["year", "commune_code", "version"],
        unique=True,
    )
    op.create_table(
        "population_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_on", sa.Date(), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["users.id"], name=op.f("fk_population_imports_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_imports")),
    )
    op.create_table(
        "population_counts",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age_group", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["population_entries.id"],
            name=op.f("fk_population_counts_entry_id_population_entries"),
        ),
        sa.PrimaryKeyConstraint("entry_id", "sex", "age_group", name=op.f("pk_population_counts")),
    )
    for statement in FUNCTIONS:
        op.execute(statement)
    for table, function, columns in WATCHED:
        op.execute(
            f"CREATE TRIGGER {table}_fact_change AFTER INSERT OR DELETE"
            f" OR UPDATE OF {', '.join(columns)} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for table, _, _ in WATCHED:
        op.execute(f"DROP TRIGGER {table}_fact_change ON {table}")
    for function in {function for _, function, _ in WATCHED}:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("population_counts")
    op.drop_table("population_imports")
    op.drop_index("uq_population_entries_version", table_name="population_entries")
    op.drop_index(
        "uq_population_entries_current",
        table_name="population_entries",
        postgresql_where="superseded_at IS NULL",
    )
    op.drop_table("population_entries")
    op.drop_index("ix_fact_supports_subject", table_name="fact_supports")
    op.drop_index("ix_fact_supports_since", table_name="fact_supports")
    op.drop_table("fact_supports")
    op.drop_table("fact_subjects")
    op.drop_index("ix_fact_residences_subject", table_name="fact_residences")
    op.drop_table("fact_residences")
    op.drop_index("ix_fact_referrals_subject", table_name="fact_referrals")
    op.drop_index("ix_fact_referrals_due_on", table_name="fact_referrals")
    op.drop_table("fact_referrals")
    op.drop_index("ix_fact_memberships_subject", table_name="fact_memberships")
    op.drop_index("ix_fact_memberships_since", table_name="fact_memberships")
    op.drop_table("fact_memberships")
    op.drop_index("ix_fact_clocks_subject", table_name="fact_clocks")
    op.drop_index("ix_fact_clocks_due_on", table_name="fact_clocks")
    op.drop_table("fact_clocks")
    op.drop_table("fact_changes")
    op.drop_index("ix_fact_cases_subject", table_name="fact_cases")
    op.drop_index("ix_fact_cases_received_on", table_name="fact_cases")
    op.drop_index("ix_fact_cases_event_on", table_name="fact_cases")
    op.drop_table("fact_cases")
