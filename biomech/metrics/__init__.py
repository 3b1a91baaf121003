"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

from biomech.metrics import foot, loads, timing, valgus
from biomech.metrics.registry import METRICS, Metric

__all__ = ["METRICS", "Metric", "foot", "loads", "timing", "valgus"]
