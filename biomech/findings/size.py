"""Size of the components of the medial collapse, compared with the norms that fit."""

from __future__ import annotations

import numpy as np

from biomech.config.norms import Norm
from biomech.findings.bootstrap import bootstrap
from biomech.findings.collapse import NORMAL_95, WINDOWS, session_error
from biomech.findings.finding import Finding
from biomech.findings.inputs import FindingInputs, Group, groups, repeated
from biomech.findings.measures import metrics_of
from biomech.findings.norms import norm_of
from biomech.outcomes import METRICS
from biomech.schema import SIDES

_OUTSIDE_SD = 2.0  # 95 % of a normal population lie within


def size(inputs: FindingInputs) -> list[Finding]:
    """Return the size of the collapse and of all that has a norm, per task, condition, footwear and side.

    A norm of other people, footwear or of one sex is not used: the value stands alone and the evidence says which norm that was.

    Parameters
    ----------
    inputs : FindingInputs
    """
    settings, out = inputs.config.findings, []
    for group in groups(inputs.metrics):
        always = metrics_of(WINDOWS) if group.side in SIDES else []
        with_norm = [name for name, norm in settings.norms.get(group.task, {}).items() if norm is not None]
        for name in dict.fromkeys((*always, *with_norm)):
            found = repeated(inputs.metrics, name, group)
            if not len(found) or name not in METRICS:
                continue
            label = f"size {name} {group.place}"
            value, low, high = bootstrap(
                found.values, settings.bootstrap_draws, settings.seed, label, trials=found.trials
            )
            item = METRICS[name]
            norm, reason = norm_of(inputs, group, name)
            title = f"{item.title[0].upper()}{item.title[1:]}"
            evidence: dict[str, object] = {"metric": name, "trials": len(set(found.trials.tolist()))}
            evidence |= _last_visit(inputs, group, name)
            if norm is None:
                words = "no norm fits" if reason else "no norm is known"
                evidence |= {"norm_not_used": reason} if reason else {}
            else:
                half = np.hypot(
                    (high - low) / 2 if np.isfinite(high) else 0.0,
                    NORMAL_95 * session_error(inputs, item.quantity, group.task),
                )
                words = _words(value, half, norm)
                evidence["norm"] = {"mean": norm.mean, "sd": norm.sd}
                evidence["distance_from_the_norm_in_its_SD"] = float((value - norm.mean) / norm.sd)
                evidence["relation"] = _relation(value, half, norm)
            out.append(
                Finding(
                    "size",
                    **group.place,
                    sentence=f"{title}, {words}",
                    value=value,
                    low=low,
                    high=high,
                    unit=item.unit,
                    n=len(found),
                    norm=f"none fits ({reason})" * bool(reason)
                    if norm is None
                    else f"{norm.mean:g} (SD {norm.sd:g}) {item.unit}, {norm.population}",
                    source=item.source if norm is None else norm.source,
                    evidence=evidence,
                )
            )
    return out


def _words(value: float, half: float, norm: Norm) -> str:
    """Return where a value lies of its norm; `half` is its interval with the error between sessions."""
    spread = (value - norm.mean) / norm.sd
    side = "larger" if spread > 0 else "smaller"
    if abs(spread) <= 1:
        return "within 1 SD of the norm's mean"
    if abs(spread) <= _OUTSIDE_SD:
        return f"1 to 2 SD {'above' if spread > 0 else 'below'} the norm's mean"
    if _relation(value, half, norm):
        return f"{side} than in the norm (more than 2 SD from its mean, error included)"
    return f"{side} than in the norm by more than 2 SD, but not by more than its error"


def _relation(value: float, half: float, norm: Norm) -> str:
    """Return ``larger`` or ``smaller`` where a value is outside its norm beyond all error, else nothing."""
    if abs(value - norm.mean) - half <= _OUTSIDE_SD * norm.sd:
        return ""
    return "larger" if value > norm.mean else "smaller"


def _last_visit(inputs: FindingInputs, group: Group, name: str) -> dict[str, object]:
    """Return session and mean of the same group at the visit before this one; nothing where there is none."""
    visits = list(inputs.visits)
    here = visits.index(inputs.session.session) if inputs.session.session in visits else 0
    if not here:
        return {}
    before = inputs.visits[visits[here - 1]]
    same = next((g for g in groups(before) if g.place == group.place), None)
    values = repeated(before, name, same).values if same else np.zeros(0)
    return {"last_visit": {"session": visits[here - 1], "value": float(values.mean())}} if len(values) else {}
