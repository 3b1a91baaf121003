"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

from biomech.metrics import activation, landing_errors, per_cycle, sequence, table
from biomech.metrics.registry import METRICS, Metric

__all__ = ["METRICS", "Metric", "activation", "landing_errors", "per_cycle", "sequence", "table"]
