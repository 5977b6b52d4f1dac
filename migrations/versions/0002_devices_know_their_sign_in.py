"""devices know their sign-in and their topics"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("device", sa.Column("session_id", sa.String(length=36), nullable=True))
    op.add_column("device", sa.Column("topics", sa.Text(), nullable=True))
    op.create_index(op.f("ix_device_session_id"), "device", ["session_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_device_session_id"), table_name="device")
    op.drop_column("device", "topics")
    op.drop_column("device", "session_id")
