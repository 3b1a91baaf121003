"""Metrics required by the options of other sections."""

from __future__ import annotations

from biomech.config.config import Config


def metrics_asked_for(config: Config) -> list[str]:
    """Return `metrics.also` with the metrics that findings watch and that statistics analyse or set against others.

    A metric's name has two double underscores; that of a column of the sheets has not.
    """
    analysed = (name for item in config.statistics for name in (*item.outcomes, *getattr(item, "against", [])))
    asked = [*config.findings.watched, *(name for name in analysed if name.count("__") >= 2)]
    return list(dict.fromkeys([*config.metrics.also, *sorted(asked)]))
