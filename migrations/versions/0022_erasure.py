"""Legal holds, the erasure of a child by two people, and under which key a data key is wrapped.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_data_keys_under", "data_keys", [sa.text("substr(wrapped, 2, 4)")], unique=False
    )
    op.create_index(
        "ix_children_merged",
        "children",
        ["merged_into_id"],
        unique=False,
        postgresql_where="merged_into_id IS NOT NULL",
    )
    op.create_index(
        "ix_verifications_duplicate",
        "verifications",
        ["duplicate_of_id"],
        unique=False,
        postgresql_where="duplicate_of_id IS NOT NULL",
    )
    op.add_column("reports", sa.Column("split_from_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reports_split_from_id_reports"), "reports", "reports", ["split_from_id"], ["id"]
    )
    op.create_table(
        "legal_holds",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lift_reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_legal_holds_by_id_users")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_legal_holds_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_legal_holds_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_legal_holds_key_id_data_keys")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["users.id"], name=op.f("fk_legal_holds_lifted_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index("ix_legal_holds_child", "legal_holds", ["child_id"], unique=False)
    op.create_index(
        "uq_legal_holds_standing",
        "legal_holds",
        ["child_id", "ground"],
        unique=True,
        postgresql_where="until IS NULL",
    )
    op.create_table(
        "erasure_requests",
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("list_version", sa.SmallInteger(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_role", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("obstacles", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["users.id"], name=op.f("fk_erasure_requests_asked_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_erasure_requests_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["child_id"], ["children.id"], name=op.f("fk_erasure_requests_child_id_children")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_erasure_requests_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["users.id"], name=op.f("fk_erasure_requests_ended_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["data_keys.id"], name=op.f("fk_erasure_requests_key_id_data_keys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_requests")),
    )
    op.create_index(
        "ix_erasure_requests_child", "erasure_requests", ["child_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_erasure_requests_due",
        "erasure_requests",
        ["due_at"],
        unique=False,
        postgresql_where="state = 'agreed'",
    )
    op.create_index(
        "ix_erasure_requests_waiting",
        "erasure_requests",
        ["asked_at"],
        unique=False,
        postgresql_where="state = 'asked'",
    )
    op.create_index(
        "uq_erasure_requests_open",
        "erasure_requests",
        ["child_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )


def downgrade() -> None:
    op.drop_table("erasure_requests")
    op.drop_table("legal_holds")
    op.drop_constraint(op.f("fk_reports_split_from_id_reports"), "reports", type_="foreignkey")
    op.drop_column("reports", "split_from_id")
    op.drop_index(
        "ix_verifications_duplicate",
        table_name="verifications",
        postgresql_where="duplicate_of_id IS NOT NULL",
    )
    op.drop_index(
        "ix_children_merged",
        table_name="children",
        postgresql_where="merged_into_id IS NOT NULL",
    )
    op.drop_index("ix_data_keys_under", table_name="data_keys")
