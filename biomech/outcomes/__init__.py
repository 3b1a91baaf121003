"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

# the order of registration is the order of metrics in every result
# isort: off
from biomech.outcomes import emg_metrics, landing_errors, per_cycle, hip_foot_timing, table

# isort: on
from biomech.outcomes.registry import METRICS, Metric

__all__ = ["METRICS", "Metric", "emg_metrics", "hip_foot_timing", "landing_errors", "per_cycle", "table"]
