"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

from biomech.outcomes import activation, landing_errors, per_cycle, sequence, table
from biomech.outcomes.registry import METRICS, Metric

__all__ = ["METRICS", "Metric", "activation", "landing_errors", "per_cycle", "sequence", "table"]
