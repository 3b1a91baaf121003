"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

from biomech.outcomes import emg_metrics, hip_foot_timing, landing_errors, per_cycle, table
from biomech.outcomes.registry import METRICS, Metric

__all__ = ["METRICS", "Metric", "emg_metrics", "hip_foot_timing", "landing_errors", "per_cycle", "table"]
