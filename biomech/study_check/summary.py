"""What `biomech check` prints: causes first, each once, then a line for every trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from biomech.io.sheets import Study
from biomech.study_check.causes import Cause, Checked, Place, listed, touched


def cause_lines(causes: Sequence[Cause]) -> list[str]:
    """Return every cause with its code, what was found, its cure and the trials that it touches."""
    lines = []
    for number, cause in enumerate(causes, 1):
        lines.append(f"{number}. {cause.level.upper()} {cause.code}: {cause.message}")
        lines += [f"   cure: {cause.cure}"] if cause.cure else []
        lines.append(f"   where: {listed(cause.places)}")
    return lines


def trial_states(
    study: Study, checked: Iterable[Checked], causes: Sequence[Cause]
) -> dict[Place, tuple[str, list[str]]]:
    """Return for every trial ``ready``, ``doubt`` or ``cannot``, and the codes of the causes that touch it.

    A trial of a session whose static trial has a doubt has it too: its angles rest on that.
    """
    lost = {(one.participant, one.session, trial) for one in checked for trial in one.lost}
    out: dict[Place, tuple[str, list[str]]] = {}
    for session in study.sessions:
        person = (session.participant, session.session)
        statics = [(*person, trial.trial) for trial in session.trials if trial.role == "static"]
        for trial in session.trials:
            place = (*person, trial.trial)
            rest_on = [place] if trial.role == "static" else [place, *statics]
            codes = [cause.code for cause in causes if any(touched(cause, one) for one in rest_on)]
            state = "cannot" if place in lost else "doubt" if codes else "ready"
            out[place] = (state, list(dict.fromkeys(codes)))
    return out


def state_lines(states: dict[Place, tuple[str, list[str]]]) -> list[str]:
    """Return one line a trial, and a first line with the counts."""
    counts = Counter(state for state, _ in states.values())
    width = max((len(" ".join(place)) for place in states), default=0)
    words = {"ready": "ready", "doubt": "with a doubt", "cannot": "cannot"}
    first = ", ".join(f"{counts[state]} {words[state]}" for state in words)
    return [
        f"Trials: {first}",
        *(
            f"  {' '.join(place):<{width}}  {words[state]}{': ' * bool(codes)}{', '.join(codes)}"
            for place, (state, codes) in states.items()
        ),
    ]
