"""Plans: plan.toml and its layers, read strictly and checked."""

from parkatlas.plan.check import check_areas
from parkatlas.plan.document import plan_schema
from parkatlas.plan.load import load_plan
from parkatlas.plan.single import measure_areas

__all__ = ["check_areas", "load_plan", "measure_areas", "plan_schema"]
