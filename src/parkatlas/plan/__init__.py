"""Plans: plan.toml and its layers, read strictly and checked."""

from parkatlas.plan.check import check_areas
from parkatlas.plan.datum import suspect_datum
from parkatlas.plan.document import plan_schema
from parkatlas.plan.load import check_plan, load_plan
from parkatlas.plan.places import findings_geojson
from parkatlas.plan.rewrite import repair_plan
from parkatlas.plan.sensitivity import sensitivity
from parkatlas.plan.single import measure_areas
from parkatlas.plan.weigh import weigh_findings

__all__ = [
    "check_areas",
    "check_plan",
    "findings_geojson",
    "load_plan",
    "measure_areas",
    "plan_schema",
    "repair_plan",
    "sensitivity",
    "suspect_datum",
    "weigh_findings",
]
