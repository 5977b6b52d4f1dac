"""What every command does alike: find the row, link materials with assignments, finish the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from backend.clock import iso
from backend.errors import demand_version, invalid
from backend.newsroom.interview.models import Assignment, AssignmentMaterial, Material
from backend.newsroom.interview.queries import access_assignment, access_material
from backend.newsroom.interview.rules import ASSIGNMENT, MATERIAL
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

_ASSIGNMENT_DESKS = ("reporters", "planning")
_MATERIAL_DESKS = ("reporters", "editing")


def access(unit: UnitOfWork, assignment_id: str, if_match: int | None) -> Assignment:
    """Return an assignment, locked for a change.

    Raises:
        AppError: 404; 412 `stale` with the current version if it is not the one the client saw.
    """
    row = access_assignment(unit.session, assignment_id, lock=True)
    _demand_version("任务", row.ver, if_match)
    return row


def access_for_change(unit: UnitOfWork, material_id: str, if_match: int | None) -> Material:
    """Return a material, locked for a change; raises what `access` does."""
    row = access_material(unit.session, material_id, lock=True)
    _demand_version("素材", row.ver, if_match)
    return row


def _demand_version(noun: str, ver: int, if_match: int | None) -> None:
    demand_version(ver, if_match, f"{noun}已有新变化，请先读取最新版本。")


def lock_assignments(unit: UnitOfWork, ids: Collection[str], field: str) -> list[Assignment]:
    """Return all of these assignments, locked in a fixed order; 422 naming `field` if one is unknown."""
    query = sa.select(Assignment).where(Assignment.id.in_(set(ids))).order_by(Assignment.id)
    rows = list(unit.session.scalars(query.with_for_update()))
    if len(rows) < len(set(ids)):
        raise invalid(field, "unknown", "没有这项任务")
    return rows


def lock_materials(unit: UnitOfWork, ids: Collection[str], field: str) -> list[Material]:
    """Return all of these materials, locked in a fixed order; 422 naming `field` if one is unknown."""
    query = sa.select(Material).where(Material.id.in_(set(ids))).order_by(Material.id)
    rows = list(unit.session.scalars(query.with_for_update()))
    if len(rows) < len(set(ids)):
        raise invalid(field, "unknown", "没有这份素材")
    return rows


def link(unit: UnitOfWork, assignments: Sequence[Assignment], materials: Sequence[Material]) -> None:
    """Say that materials belong to assignments; what is known already is left alone.

    Both sides show it, so both get a new version. The caller has locked them, assignments before materials.
    """
    for assignment in assignments:
        fresh = _not_linked(unit, assignment, materials)
        if not fresh:
            continue
        ASSIGNMENT.step("link", assignment.state)
        for material in fresh:
            MATERIAL.step("link", material.state)
            unit.session.add(AssignmentMaterial(assignment_id=assignment.id, material_id=material.id))
        change_assignment(unit, assignment, "linked", materials=[material.id for material in fresh])
        for material in fresh:
            change_material(unit, material, "linked", assignment=assignment.id)


def _not_linked(unit: UnitOfWork, assignment: Assignment, materials: Sequence[Material]) -> list[Material]:
    query = sa.select(AssignmentMaterial.material_id).where(AssignmentMaterial.assignment_id == assignment.id)
    known = set(unit.session.scalars(query))
    return [material for material in materials if material.id not in known]


def change_assignment(unit: UnitOfWork, row: Assignment, verb: str, **data: Any) -> Assignment:
    """Finish every change of an assignment alike: next version, history, and where it belongs."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(
        f"assignment.{verb}",
        row.id,
        row.ver,
        state=row.state,
        topic=row.topic_id,
        coverage_no=row.coverage_no,
        desk=row.desk,
        reporters=row.reporters,
        due=iso(row.due),
        emergency=row.emergency,
        **data,
    )
    unit.place("assignment", row.id, row.ver, {streams.desk(desk) for desk in _ASSIGNMENT_DESKS})
    return row


def change_material(unit: UnitOfWork, row: Material, verb: str, **data: Any) -> Material:
    """Finish every change of a material alike."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(
        f"material.{verb}",
        row.id,
        row.ver,
        state=row.state,
        media=row.media_id,
        sha256=row.sha256,
        subjects=row.subjects,
        consent=row.consent is not None,
        **data,
    )
    unit.place("material", row.id, row.ver, {streams.desk(desk) for desk in _MATERIAL_DESKS})
    return row
