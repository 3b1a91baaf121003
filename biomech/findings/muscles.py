"""Muscle onsets around the start of a movement, and muscle activity before it."""

from __future__ import annotations

import numpy as np

from biomech.findings.bootstrap import bootstrap
from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs, groups, repeated
from biomech.outcomes import METRICS

_WILLSON = (
    "Willson et al. 2011, Clin Biomech 26:735: runners with patellofemoral pain had a later (effect size 0.76) and shorter (0.88) "
    "gluteus medius, and later onsets went with larger hip adduction"
)
_ENDINGS = ("_emg__onset__cycle", "_emg__duration__cycle", "_emg__mean__pre_activation")


def muscles(inputs: FindingInputs) -> list[Finding]:
    """Return onset, duration and pre-activation of every muscle with EMG, per task, condition, footwear and side.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings = inputs.config.findings
    out: list[Finding] = []
    if not inputs.metrics.sizes.get("cycle"):
        return out
    names = [n for n in inputs.metrics["metric"].to_numpy().astype(str).tolist() if n.endswith(_ENDINGS)]
    for group in groups(inputs.metrics):
        for name in names:
            own = repeated(inputs.metrics, name, group)
            found = own.values
            if not len(found) or name not in METRICS:
                continue
            item = METRICS[name]
            label = f"muscles {name} {group.place}"
            value, low, high = bootstrap(found, settings.bootstrap_draws, settings.seed, label, trials=own.trials)
            unit, where = item.unit, inputs.metrics["emg_unit"].to_numpy()[group.index].astype(str)
            if unit == "%" and len(set(where.tolist())) == 1:
                unit = str(where[0])
            title = item.title[0].upper() + item.title[1:]
            title += " before contact (pre-activation)" if item.window == "pre_activation" else ""
            out.append(
                Finding(
                    "muscles",
                    **group.place,
                    sentence=title + (_when(value, low, high) if item.statistic == "onset" else ""),
                    value=value,
                    low=low,
                    high=high,
                    unit=unit,
                    n=len(found),
                    norm="",
                    source=_WILLSON if name.startswith("gluteus_medius") and item.unit == "s" else item.source,
                    evidence={"metric": name, "sd": float(np.std(found, ddof=1)) if len(found) > 1 else np.nan},
                )
            )
    return out


def _when(value: float, low: float, high: float) -> str:
    if np.isfinite(low) and low <= 0 <= high:
        return ", at the start of the movement within its interval"
    return ", before the start of the movement (pre-activation)" if value < 0 else ", after the start of the movement"
