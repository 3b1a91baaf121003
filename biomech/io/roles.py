"""What a trial is for, as the sheet says it, where more than one stage must know."""

from __future__ import annotations

from biomech.io.sheets import Trial


def is_mvc(trial: Trial) -> bool:
    """Whether a trial holds maximal contractions: a functional one of condition (or, without one, name) ``mvc...``.

    Its EMG is all that is used of it, so that it needs no marker.
    """
    return trial.role == "functional" and (trial.condition or trial.trial).lower().startswith("mvc")
