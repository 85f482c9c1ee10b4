"""Plans: plan.toml and its layers, read strictly and checked."""

from parkatlas.plan.document import plan_schema
from parkatlas.plan.load import load_plan

__all__ = ["load_plan", "plan_schema"]
