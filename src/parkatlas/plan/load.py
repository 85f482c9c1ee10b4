"""A project folder as a Plan: everything read, everything checked, every fault said in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parkatlas import schema
from parkatlas.errors import LimitError, PlanError
from parkatlas.findings import Finding
from parkatlas.model import Plan
from parkatlas.plan import document, layers, parts

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
    root = Path(folder)
    data, findings = document.read_document(root)
    if not data:
        raise refusal(findings)
    text = (root / document.NAME).read_text(encoding="utf-8-sig")
    findings += parts.check_references(data, root, text)
    declared = data.get("layers")
    areas, context, files, found = layers.read_layers(declared if isinstance(declared, dict) else {}, root)
    findings += found
    if not any(finding.severity == "error" for finding in found):
        findings += parts.check_area_ids(data, set(areas["area_id"]), text)
    if any(finding.severity == "error" for finding in findings):
        raise refusal(findings)
    schema.validate(areas, schema.AREAS)
    head = data["plan"]
    lists: dict[str, Any] = parts.build_parts(data)
    return Plan(
        id=head["id"],
        name_zh=head["name_zh"],
        name_en=head["name_en"],
        released=head["released"],
        horizon=head["horizon"],
        folder=root,
        positioning_zh=tuple(head.get("positioning_zh", ())),
        positioning_en=tuple(head.get("positioning_en", ())),
        source=parts.build_source(head),
        map_approval=head.get("map_approval"),
        areas=areas,
        context=context,
        layer_files=files,
        findings=tuple(findings),
        **lists,
    )


def refusal(findings: list[Finding]) -> PlanError | LimitError:
    """Return the error that carries findings: LimitError where a safety rule is among them."""
    errors = [finding for finding in findings if finding.severity == "error"]
    kind = LimitError if any(finding.code in LIMITS for finding in errors) else PlanError
    return kind(*findings)
