"""the whole way of service requests: clocks, custody, helpers, merging, working days"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


# What the rules of that time gave, in working days.
_DAYS = {"consult": 1, "help": 5, "complaint": 5}
_WORDS = "按受理时的规则计算"


def _fill_in(bind: sa.Connection) -> None:
    """Give the requests of before a holder at every moment, and the limit that runs for them.

    The due dates stay as they were told.
    """
    meta = sa.MetaData()
    meta.reflect(bind, only=["service", "service_request", "request_step", "request_clock", "request_custody"])
    case, step, service = (meta.tables[name] for name in ("service_request", "request_step", "service"))
    query = sa.select(case, service.c.kind).join(service, service.c.id == case.c.service_id)
    for row in bind.execute(query).mappings().all():
        steps = bind.execute(sa.select(step).where(step.c.request_id == row["id"]).order_by(step.c.position))
        taken = steps.mappings().all()
        _fill_in_custody(bind, meta.tables["request_custody"], row["id"], taken)
        _fill_in_clock(bind, meta.tables["request_clock"], row, taken)
        _fill_in_facts(bind, case, row["id"], taken)


def _fill_in_custody(bind: sa.Connection, custody: sa.Table, case: str, steps: Any) -> None:
    held: list[dict[str, Any]] = []
    for step in steps:
        holder = _holder(step["to_state"], step["office_id"])
        if held and held[-1]["holder"] == holder:
            continue
        if held:
            held[-1]["ends_at"] = step["at"]
        held.append(
            {
                "request_id": case,
                "position": len(held) + 1,
                "holder": holder,
                "begins_at": step["at"],
                "ends_at": None,
            }
        )
    if held:
        bind.execute(sa.insert(custody), held)


def _holder(state: str, office: str | None) -> str:
    if state in {"closed", "declined"}:
        return "archive"
    if state == "replied":
        return "citizen"
    return f"office:{office}" if office and state in {"assigned", "in_progress"} else "desk"


def _fill_in_clock(bind: sa.Connection, clock: sa.Table, row: Any, steps: Any) -> None:
    begun = [step for step in steps if step["action"] in {"accept", "reopen"}]
    if row["due"] is None or not begun:
        return
    start = begun[-1]
    ended = [
        step["at"] for step in steps if step["position"] > start["position"] and step["action"] in {"reply", "resolve"}
    ]
    why = [{"from": _iso(start["at"]), "to": _iso(row["due"]), "counted": 0, "why": _WORDS}]
    days = 3 if start["action"] == "reopen" else _DAYS[row["kind"]]
    values = {
        "id": str(uuid.uuid4()),
        "request_id": row["id"],
        "name": "answer",
        "started_at": start["at"],
        "days": days,
        "pauses": "[]",
        "due": row["due"],
        "provisional": False,
        "steps": json.dumps(why, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "ended_at": ended[0] if ended else None,
    }
    bind.execute(sa.insert(clock).values(values))


def _iso(moment: datetime) -> str:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="milliseconds")


def _fill_in_facts(bind: sa.Connection, case: sa.Table, case_id: str, steps: Any) -> None:
    answers = [step for step in steps if step["action"] in {"reply", "resolve"} and step["from_state"] == "in_progress"]
    last = steps[-1] if steps else None
    values: dict[str, Any] = {"redos": sum(step["action"] == "reopen" for step in steps)}
    if answers:
        values |= {"answered_by": answers[-1]["actor_id"], "replied_at": answers[-1]["at"]}
    if last is not None and last["to_state"] == "closed":
        values["closing"] = "citizen" if last["action"] == "rate" else "office"
    bind.execute(sa.update(case).where(case.c.id == case_id).values(values))


def upgrade() -> None:
    op.create_table(
        "workday_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_workday_year")),
    )
    op.create_table(
        "workday_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["workday_year.year"], name=op.f("fk_workday_override_year")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workday_override")),
    )
    with op.batch_alter_table("workday_override", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workday_override_year"), ["year"], unique=False)

    op.create_table(
        "request_clock",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("pauses", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_request_clock_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_clock")),
    )
    with op.batch_alter_table("request_clock", schema=None) as batch_op:
        batch_op.create_index("ix_request_clock_request", ["request_id", "started_at"], unique=False)
        batch_op.create_index("ix_request_clock_running", ["name", "ended_at", "due"], unique=False)

    op.create_table(
        "request_custody",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_request_custody_request_id")),
        sa.PrimaryKeyConstraint("request_id", "position", name=op.f("pk_request_custody")),
    )
    op.create_table(
        "request_helper",
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.Column("office_id", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_request_helper_office_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_request.id"], name=op.f("fk_request_helper_request_id")),
        sa.PrimaryKeyConstraint("request_id", "office_id", name=op.f("pk_request_helper")),
    )
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("urgency", sa.String(length=12), server_default="normal", nullable=False))
        batch_op.add_column(sa.Column("datum", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("outside_district", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("due_provisional", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("asks", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("extended", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("complex", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("decline_code", sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column("decline_where", sa.String(length=500), nullable=True))
        batch_op.add_column(sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_by", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("redos", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("reviewer_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("callback_due", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("closing", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("review", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("merged_into", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_service_request_merged_into"), ["merged_into"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_service_request_merged_into"), "service_request", ["merged_into"], ["id"]
        )

    _fill_in(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("service_request", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_service_request_merged_into"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_service_request_merged_into"))
        batch_op.drop_column("merged_into")
        batch_op.drop_column("review")
        batch_op.drop_column("closing")
        batch_op.drop_column("callback_due")
        batch_op.drop_column("reviewer_id")
        batch_op.drop_column("redos")
        batch_op.drop_column("answered_by")
        batch_op.drop_column("replied_at")
        batch_op.drop_column("decline_where")
        batch_op.drop_column("decline_code")
        batch_op.drop_column("complex")
        batch_op.drop_column("extended")
        batch_op.drop_column("asks")
        batch_op.drop_column("waiting")
        batch_op.drop_column("due_provisional")
        batch_op.drop_column("outside_district")
        batch_op.drop_column("datum")
        batch_op.drop_column("urgency")

    op.drop_table("request_helper")
    op.drop_table("request_custody")
    with op.batch_alter_table("request_clock", schema=None) as batch_op:
        batch_op.drop_index("ix_request_clock_running")
        batch_op.drop_index("ix_request_clock_request")

    op.drop_table("request_clock")
    with op.batch_alter_table("workday_override", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workday_override_year"))

    op.drop_table("workday_override")
    op.drop_table("workday_year")
