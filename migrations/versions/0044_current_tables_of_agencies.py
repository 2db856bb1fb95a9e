"""Current tables are of agencies alone; what they showed the public was read by nobody.

Revision ID: 0044
Revises: 0043
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM current_tables WHERE audience = 'public'")


def downgrade() -> None:
    """The job makes all of them again, for both."""
    op.execute("DELETE FROM current_tables")
