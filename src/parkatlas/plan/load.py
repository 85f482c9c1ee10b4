"""A project folder as a Plan: everything read, everything checked, every fault said in one go."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd

from parkatlas import schema
from parkatlas.errors import LimitError, PlanError
from parkatlas.findings import Finding
from parkatlas.model import Plan
from parkatlas.plan import check, document, layers, parts

# The findings that are refusals of safety, not faults of the plan.
LIMITS = frozenset({parts.OUTSIDE.code, document.TOO_LARGE.code, layers.TOO_LARGE.code})


def load_plan(folder: str | Path) -> Plan:
    """Return the plan that stands in a project folder.

    Parameters
    ----------
    folder : str or Path
        Holds ``plan.toml`` and the files it names, all inside the folder.

    Returns
    -------
    Plan
        Its ``areas`` fit `schema.AREAS`, in WGS 84: cores, zones, parks, each in file order. Its ``findings`` are
        those that do not stop the work.

    Raises
    ------
    PlanError
        With every finding, where one is an error: an unknown key, a missing file, a feature that cannot be read, an
        unknown scope.
    LimitError
        The same, where one of the errors is a refusal of safety: a path that leaves the folder, a file too large.
    """
    reading = read_plan(Path(folder))
    if reading.plan is None:
        raise refusal(reading.findings)
    schema.validate(reading.plan.areas, schema.AREAS)
    return reading.plan


def check_plan(folder: str | Path) -> tuple[Finding, ...]:
    """Return everything that can be said of the plan and the layers of a project folder; faults raise nothing."""
    return tuple(read_plan(Path(folder)).findings)


class Reading(NamedTuple):
    """A folder as read: the plan, or None where an error forbids it; every finding; the areas that could be read."""

    plan: Plan | None
    findings: list[Finding]
    areas: gpd.GeoDataFrame | None
    files: dict[str, Path]


def read_plan(root: Path) -> Reading:
    """Return a project folder with all that can be said of it, raising nothing for faults of the plan.

    The ``areas`` are as read, with the parents that the layers declare; those of the plan have parents filled in.
    """
    data, findings = document.read_document(root)
    if not data:
        return Reading(None, findings, None, {})
    text = (root / document.NAME).read_text(encoding="utf-8-sig")
    findings += parts.check_references(data, root, text)
    declared = data.get("layers")
    areas, context, files, found = layers.read_layers(declared if isinstance(declared, dict) else {}, root)
    whole = not _errors(found)
    named = {finding.feature for finding in found if finding.feature}
    filled, checked = check.examine(areas, complete=whole, known=named)
    findings += [*found, *_with_files(checked, areas, files, root)]
    if whole:
        findings += parts.check_area_ids(data, set(areas["area_id"]), text)
    if _errors(findings):
        return Reading(None, findings, areas, files)
    words = {"folder": root, "areas": filled, "context": context, "layer_files": files}
    return Reading(_plan(data, findings, **words), findings, areas, files)


def _errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def _with_files(findings: list[Finding], areas: gpd.GeoDataFrame, files: dict[str, Path], root: Path) -> list[Finding]:
    """Return findings about areas with the file that each area stands in."""
    file_of = area_files(areas, files, root)
    return [dataclasses.replace(finding, file=file_of.get(finding.feature or "")) for finding in findings]


def area_files(areas: gpd.GeoDataFrame, files: dict[str, Path], root: Path) -> dict[str, str]:
    """Return the file, relative to the project folder, that each area stands in, by area id."""
    names = {level: files[key].relative_to(root).as_posix() for key, level in layers.LEVEL_OF.items() if key in files}
    of = {
        area: names.get(None) or names.get(level) for area, level in zip(areas["area_id"], areas["level"], strict=True)
    }
    return {area: name for area, name in of.items() if name is not None}


def _plan(data: dict[str, Any], findings: list[Finding], **read: Any) -> Plan:
    """Return the plan of a document without a fault; ``read`` is what was read beside it."""
    head = data["plan"]
    lists: dict[str, Any] = parts.build_parts(data)
    return Plan(
        id=head["id"],
        name_zh=head["name_zh"],
        name_en=head["name_en"],
        released=head["released"],
        horizon=head["horizon"],
        positioning_zh=tuple(head.get("positioning_zh", ())),
        positioning_en=tuple(head.get("positioning_en", ())),
        source=parts.build_source(head),
        map_approval=head.get("map_approval"),
        findings=tuple(findings),
        **lists,
        **read,
    )


def refusal(findings: list[Finding]) -> PlanError | LimitError:
    """Return the error that carries findings: LimitError where a safety rule is among them."""
    kind = LimitError if any(finding.code in LIMITS for finding in _errors(findings)) else PlanError
    return kind(*findings)
