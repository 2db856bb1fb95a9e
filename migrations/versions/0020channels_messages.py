"""Finding the messages of one person, and what was sent lately.

Revision ID: 0020channels
Revises: 0019
"""

from alembic import op

revision = "0020channels"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_user", "messages", ["user_id", "id"])
    op.create_index("ix_messages_sent", "messages", ["sent_at"], postgresql_where="state = 'sent'")


def downgrade() -> None:
    op.drop_index("ix_messages_sent", table_name="messages")
    op.drop_index("ix_messages_user", table_name="messages")
