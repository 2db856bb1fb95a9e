"""Handing cases over, absences and deputies, people kept out of a case.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_absences_by_id_users")),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["users.id"], name=op.f("fk_absences_deputy_id_users")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_absences_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_deputy", "absences", ["deputy_id", "until_on"], unique=False)
    op.create_index("ix_absences_user", "absences", ["user_id", "until_on"], unique=False)
    op.create_table(
        "case_denials",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_case_denials_by_id_users")),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["users.id"], name=op.f("fk_case_denials_ended_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_case_denials_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_case_denials_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_denials")),
    )
    op.create_index("ix_case_denials_case", "case_denials", ["case_id"], unique=False)
    op.create_index(
        "ix_case_denials_user",
        "case_denials",
        ["user_id"],
        unique=False,
        postgresql_include=["case_id", "child_id"],
    )
    op.create_table(
        "case_transfers",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_unit_id", sa.Uuid(), nullable=True),
        sa.Column("to_body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("offered_by", sa.Uuid(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_case_transfers_answered_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_transfers_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["from_unit_id"], ["units.id"], name=op.f("fk_case_transfers_from_unit_id_units")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_case_transfers_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by"], ["users.id"], name=op.f("fk_case_transfers_offered_by_users")
        ),
        sa.ForeignKeyConstraint(
            ["to_unit_id"], ["units.id"], name=op.f("fk_case_transfers_to_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_transfers")),
    )
    op.create_index(
        "ix_case_transfers_case", "case_transfers", ["case_id", "offered_at"], unique=False
    )
    op.create_index(
        "ix_case_transfers_to",
        "case_transfers",
        ["to_unit_id", "offered_at"],
        unique=False,
        postgresql_where="state = 'offered'",
    )
    op.create_index(
        "uq_case_transfers_open",
        "case_transfers",
        ["case_id"],
        unique=True,
        postgresql_where="state = 'offered'",
    )


def downgrade() -> None:
    op.drop_index(
        "uq_case_transfers_open", table_name="case_transfers", postgresql_where="state = 'offered'"
    )
    op.drop_index(
        "ix_case_transfers_to", table_name="case_transfers", postgresql_where="state = 'offered'"
    )
    op.drop_index("ix_case_transfers_case", table_name="case_transfers")
    op.drop_table("case_transfers")
    op.drop_index(
        "ix_case_denials_user",
        table_name="case_denials",
        postgresql_include=["case_id", "child_id"],
    )
    op.drop_index("ix_case_denials_case", table_name="case_denials")
    op.drop_table("case_denials")
    op.drop_index("ix_absences_user", table_name="absences")
    op.drop_index("ix_absences_deputy", table_name="absences")
    op.drop_table("absences")
