"""One finding: a sentence about a movement pattern and the number that it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

AND_SOURCE = "; and "
_NUMBERS = ("value", "low", "high", "size")


@dataclass(frozen=True)
class Finding:
    """One line of a findings page.

    Parameters
    ----------
    topic : str
        What it is about: ``size``, ``sequence``, ``cause``, ``gluteal``, ``muscles``, ``fatigue`` or ``conditions``.
    task, condition, footwear, side : str
        What it is about; empty where it is about all.
    sentence : str
        The pattern in words, without its number; neither a diagnosis nor a prediction.
    value, low, high : float
        The number and its interval; NaN where there is none.
    unit : str
    n : int
        How many repetitions the number rests on; 0 where it rests on none.
    norm : str
        What it is held against, with population; empty where no norm is known.
    source : str
        Where norm, threshold or method come from; several are joined by `AND_SOURCE`.
    beside : str
        The few numbers of the evidence that belong to the sentence.
    counted_as : str
        What was found instead of a difference or a trend; empty where there is one.
    title : str
        What was measured.
    size : float
        Number over what it would take to be seen; NaN where that is not known.
    evidence : dict
        What else was weighed, JSON-ready; keys say the unit.
    """

    topic: str
    task: str
    condition: str
    footwear: str
    side: str
    sentence: str
    value: float
    low: float
    high: float
    unit: str
    n: int
    norm: str
    source: str
    beside: str = ""
    counted_as: str = ""
    title: str = ""
    size: float = math.nan
    evidence: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Finding:
        """Return the finding that `as_json` wrote."""
        numbers = {name: math.nan if content[name] is None else float(content[name]) for name in _NUMBERS}
        return cls(**{**content, **numbers})

    def as_json(self) -> dict[str, Any]:
        """Return it JSON-ready: numbers that are missing are null."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def number(value: float) -> str:
    """Return a number as people read it: one decimal from 1 on, two below."""
    text = f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.lstrip("-")


def _plain(value: Any) -> Any:
    """Return numbers as Python's own, those that are not finite as None; mappings and lists likewise."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
