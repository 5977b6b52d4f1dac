"""how often the sign-ups of a gathering have moved, and how far its organiser's desk has been told"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    for name in ("line", "line_told"):
        op.add_column("gathering", sa.Column(name, sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("gathering", "line_told")
    op.drop_column("gathering", "line")
