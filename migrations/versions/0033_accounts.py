"""What a report tells belongs to a section of its own; of sexual abuse to its compartment.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("account_section", sa.String(length=40), server_default="event", nullable=False),
    )
    op.execute(
        """
        UPDATE reports SET account_section = 'sexual_abuse'
        WHERE abuse_forms @> '["SEXUAL_ABUSE"]'
           OR sc_groups ?| array['SEX_ABUSE', 'SEX_ABUSE.1', 'SEX_ABUSE.2', 'SEX_ABUSE.3',
                                 'SEX_ABUSE.4', 'SEX_ABUSE.5', 'EXPLOITED.2', 'EXPLOITED.3',
                                 'EXPLOITED.4']
        """
    )
    op.create_check_constraint(
        op.f("ck_reports_account_in_its_compartment"),
        "reports",
        "account_section = 'sexual_abuse' OR NOT abuse_forms @> '[\"SEXUAL_ABUSE\"]'"
        " AND NOT sc_groups ?| array['SEX_ABUSE', 'SEX_ABUSE.1', 'SEX_ABUSE.2', 'SEX_ABUSE.3',"
        " 'SEX_ABUSE.4', 'SEX_ABUSE.5', 'EXPLOITED.2', 'EXPLOITED.3', 'EXPLOITED.4']",
    )
    op.add_column(
        "case_events",
        sa.Column("tells_account", sa.Boolean(), server_default="false", nullable=False),
    )
    op.execute(
        """
        UPDATE case_events SET tells_account = true
        WHERE kind IN ('verified', 'reopened')
           OR kind = 'report_corrected' AND facts -> 'fields'
              ?| array['child_condition', 'likely_consequence', 'prior_actions']
        """
    )


def downgrade() -> None:
    op.drop_column("case_events", "tells_account")
    op.drop_constraint(op.f("ck_reports_account_in_its_compartment"), "reports", type_="check")
    op.drop_column("reports", "account_section")
