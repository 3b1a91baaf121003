"""How large the parts of the medial collapse are, against published norms."""

from __future__ import annotations

import numpy as np

from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding
from biomech.findings.material import Material, groups, values
from biomech.metrics import METRICS


def size(material: Material) -> list[Finding]:
    """Return one finding per norm of the config, task, condition, footwear and side.

    Parameters
    ----------
    material : Material
    """
    settings, out = material.config.findings, []
    for group in groups(material.metrics):
        for name, expected in settings.norms.get(group.task, {}).items():
            found = values(material.metrics, name, group)
            if expected is None or not len(found) or name not in METRICS:
                continue
            label = f"size {name} {group.place}"
            value, low, high = bootstrap(found, settings.bootstrap_draws, settings.seed, label)
            item = METRICS[name]
            spread = (value - expected.mean) / expected.sd
            out.append(
                Finding(
                    "size",
                    **group.place,
                    sentence=f"{item.title[0].upper()}{item.title[1:]}, {_words(spread)}",
                    value=value,
                    low=low,
                    high=high,
                    unit=item.unit,
                    n=len(found),
                    norm=f"{expected.mean:g} (SD {expected.sd:g}) {item.unit}, {expected.population}",
                    source=expected.source,
                    evidence={"distance_from_the_norm_in_its_SD": float(spread)},
                )
            )
    return out


def _words(spread: float) -> str:
    size_ = "within 1 SD of" if abs(spread) <= 1 else "1 to 2 SD" if abs(spread) <= 2 else "more than 2 SD"
    if abs(spread) <= 1:
        return f"{size_} the norm's mean"
    return f"{size_} {'above' if np.sign(spread) > 0 else 'below'} the norm's mean"
