"""Checkpoints of the log are numbered without a gap; what was recorded stays as it was recorded.

Revision ID: 0101
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0003"
branch_labels = None
depends_on = None

# Rows of these tables are only ever added; of access, keys and measures they are ended, never removed.
KEPT = """
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vongtay_app') THEN
        REVOKE UPDATE, DELETE ON case_events, verifications, assessment_needs FROM vongtay_app;
        REVOKE DELETE ON safety_measures, case_access, data_keys FROM vongtay_app;
    END IF;
END $$
"""
GIVEN_BACK = KEPT.replace("REVOKE", "GRANT").replace("FROM vongtay_app", "TO vongtay_app")


def upgrade() -> None:
    op.execute(KEPT)
    # checkpoints of before have no number: what they signed cannot be changed
    op.add_column("audit_checkpoints", sa.Column("number", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_audit_checkpoints_number"), "audit_checkpoints", ["number"]
    )


def downgrade() -> None:
    op.execute(GIVEN_BACK)
    op.drop_constraint(op.f("uq_audit_checkpoints_number"), "audit_checkpoints", type_="unique")
    op.drop_column("audit_checkpoints", "number")
