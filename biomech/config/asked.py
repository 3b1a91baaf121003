"""Which metrics the options of other sections ask for."""

from __future__ import annotations

from biomech.config.config import Config


def metrics_asked_for(config: Config) -> list[str]:
    """Return `metrics.also` with the metrics that findings watch and that statistics analyse or set against others.

    A column of the sheets is told from a metric by the two double underscores of a metric's name.
    """
    analysed = (name for item in config.statistics for name in (*item.outcomes, *getattr(item, "against", [])))
    asked = [*config.findings.watched, *(name for name in analysed if name.count("__") >= 2)]
    return list(dict.fromkeys([*config.metrics.also, *sorted(asked)]))
