"""Scalar outcomes of cycles; importing the package fills the registry `METRICS`."""

from biomech.metrics import (
    activation,
    balance,
    both_sides,
    collapse_index,
    distances,
    foot,
    ground,
    landing_errors,
    loads,
    power,
    sagittal,
    sequence,
    steps,
    timing,
    valgus,
)
from biomech.metrics.registry import METRICS, Metric

__all__ = [
    "METRICS",
    "Metric",
    "activation",
    "balance",
    "both_sides",
    "collapse_index",
    "distances",
    "foot",
    "ground",
    "landing_errors",
    "loads",
    "power",
    "sagittal",
    "sequence",
    "steps",
    "timing",
    "valgus",
]
