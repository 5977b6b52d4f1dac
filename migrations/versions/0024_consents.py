"""consents, looks at people's data, and until when somebody is a child"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("guardian", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_consent_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_of", ["account_id", "purpose", "at"], unique=False)
    op.create_table(
        "person_look",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("thing_id", sa.String(length=36), nullable=False),
        sa.Column("actor_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_look")),
    )
    with op.batch_alter_table("person_look", schema=None) as batch_op:
        batch_op.create_index("ix_person_look_of", ["account_id", "at"], unique=False)
        batch_op.create_index("ix_person_look_thing", ["thing_id", "actor_id", "at"], unique=False)
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("minor_until", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_column("minor_until")
    with op.batch_alter_table("person_look", schema=None) as batch_op:
        batch_op.drop_index("ix_person_look_thing")
        batch_op.drop_index("ix_person_look_of")
    op.drop_table("person_look")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_of")
    op.drop_table("consent")
