"""which opinion items the monitoring desk's stream has"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("opinion_item", sa.Column("on_desk", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("opinion_item", schema=None) as batch_op:
        batch_op.create_index("ix_opinion_item_desk", ["on_desk", "updated_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("opinion_item", schema=None) as batch_op:
        batch_op.drop_index("ix_opinion_item_desk")
    op.drop_column("opinion_item", "on_desk")
