"""The request to prosecute and what the investigators decide.

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


def upgrade() -> None:
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


def downgrade() -> None:
    op.drop_index("ix_prosecution_results_request", table_name="prosecution_results")
    op.drop_table("prosecution_results")
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
