"""Protected tables as they stand, and releases, which nobody changes any more.

Revision ID: 0028
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None

FUNCTIONS = (
    # what was counted and protected for a release
    """
CREATE FUNCTION release_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was released is kept as it is';
END $$
""",
    # a release moves from state to state, and once its figures are there nothing else of it changes
    """
CREATE FUNCTION release_keep() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_moves text[] := ARRAY['state', 'number', 'submitted_at', 'approved_at', 'approved_by',
        'withdrawn_at', 'withdrawn_by', 'withdraw_reason', 'dropped_at', 'dropped_by', 'drop_reason'];
    v_withdrawal text[] := ARRAY['state', 'withdrawn_at', 'withdrawn_by', 'withdraw_reason'];
BEGIN
    IF OLD.state IN ('withdrawn', 'dropped') AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
        RAISE EXCEPTION 'this release is over';
    ELSIF OLD.state = 'approved' AND (NEW.state NOT IN ('approved', 'withdrawn')
            OR to_jsonb(NEW) - v_withdrawal <> to_jsonb(OLD) - v_withdrawal) THEN
        RAISE EXCEPTION 'what was released can only be withdrawn';
    ELSIF OLD.state <> 'asked' AND to_jsonb(NEW) - v_moves <> to_jsonb(OLD) - v_moves THEN
        RAISE EXCEPTION 'what was released is kept as it is';
    END IF;
    RETURN NEW;
END $$
""",
    # figures come with the draft, and none are added to it later
    """
CREATE FUNCTION release_add() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM releases WHERE id = NEW.release_id) <> 'asked' THEN
        RAISE EXCEPTION 'what was released is kept as it is';
    END IF;
    RETURN NEW;
END $$
""",
)
FROZEN = ("release_tables", "release_figures")
TRIGGERS = (
    "CREATE TRIGGER releases_keep BEFORE UPDATE ON releases"
    " FOR EACH ROW EXECUTE FUNCTION release_keep()",
    "CREATE TRIGGER releases_delete BEFORE DELETE ON releases"
    " FOR EACH ROW EXECUTE FUNCTION release_refuse()",
    "CREATE TRIGGER releases_keep_all BEFORE TRUNCATE ON releases"
    " FOR EACH STATEMENT EXECUTE FUNCTION release_refuse()",
    *(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION release_refuse()"
        for table in FROZEN
    ),
    *(
        f"CREATE TRIGGER {table}_keep_all BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION release_refuse()"
        for table in FROZEN
    ),
    *(
        f"CREATE TRIGGER {table}_add BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION release_add()"
        for table in FROZEN
    ),
)


def upgrade() -> None:
    op.create_table(
        "current_tables",
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("facts_mark", sa.String(), nullable=False),
        sa.Column("counts_mac", sa.LargeBinary(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("certificate", postgresql.JSONB(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("period", "code", "audience", name=op.f("pk_current_tables")),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("edition", sa.SmallInteger(), nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("definitions_version", sa.SmallInteger(), nullable=True),
        sa.Column("beside", postgresql.JSONB(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdraw_reason", sa.String(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_by", sa.Uuid(), nullable=True),
        sa.Column("drop_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_releases_approved_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["releases.id"], name=op.f("fk_releases_base_id_releases")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_releases_by_id_users")),
        sa.ForeignKeyConstraint(
            ["dropped_by"], ["users.id"], name=op.f("fk_releases_dropped_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["users.id"], name=op.f("fk_releases_withdrawn_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    op.create_index("ix_releases_asked_at", "releases", ["asked_at"], unique=False)
    op.create_index("uq_releases_number", "releases", ["number"], unique=True)
    op.create_index(
        "uq_releases_open",
        "releases",
        ["period"],
        unique=True,
        postgresql_where="state IN ('asked', 'drafted', 'submitted')",
    )
    op.create_table(
        "release_figures",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=True),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("value", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_release_figures_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("release_id", "code", "audience", name=op.f("pk_release_figures")),
    )
    op.create_index("ix_release_figures_year", "release_figures", ["year", "part"], unique=False)
    op.create_table(
        "release_tables",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("certificate", postgresql.JSONB(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name=op.f("fk_release_tables_release_id_releases")
        ),
        sa.PrimaryKeyConstraint("release_id", "code", "audience", name=op.f("pk_release_tables")),
    )
    for statement in (*FUNCTIONS, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("release_tables")
    op.drop_index("ix_release_figures_year", table_name="release_figures")
    op.drop_table("release_figures")
    op.drop_index(
        "uq_releases_open",
        table_name="releases",
        postgresql_where="state IN ('asked', 'drafted', 'submitted')",
    )
    op.drop_index("uq_releases_number", table_name="releases")
    op.drop_index("ix_releases_asked_at", table_name="releases")
    op.drop_table("releases")
    op.drop_table("current_tables")
    for function in ("release_keep", "release_add", "release_refuse"):
        op.execute(f"DROP FUNCTION {function}()")
