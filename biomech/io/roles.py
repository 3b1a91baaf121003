"""Roles of trials (static, functional, movement) from the sheet."""

from __future__ import annotations

from biomech.io.sheets import Trial


def is_mvc(trial: Trial) -> bool:
    """Whether a trial holds maximal contractions: a functional one of condition (or, without one, name) ``mvc...``.

    Its EMG is all that is used of it, so that it needs no marker.
    """
    return trial.role == "functional" and (trial.condition or trial.trial).lower().startswith("mvc")
