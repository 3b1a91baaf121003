"""Whether the config's lab axes are those of the recordings, by the bodies that stand in them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence

from biomech.c3d.recording_file import Recording
from biomech.config import Lab
from biomech.errors import BiomechError, StudyError
from biomech.io.child_process import run_apart
from biomech.io.recordings import read_recording
from biomech.io.sheets import Session, Study
from biomech.model.lab_axes import AxesProposal, propose_axes
from biomech.study_check.causes import Cause, Fix

_SESSIONS = 6  # sessions looked at before a run: they show the lab
_THIRD = {"x", "y", "z"}


def axes_cause(study: Study, session: Session) -> Cause | None:
    """Compare the axes of the config with those of a session's static trials.

    Parameters
    ----------
    study : Study
    session : Session

    Returns
    -------
    Cause or None
        An error where standing bodies show another axis up, and nothing physical contradicts them; a warning where that is likely
        only; None where the axes agree or the recordings show none.
    """
    recordings = list(_statics(study, session))
    if not recordings:
        return None
    proposal = propose_axes(recordings, _stored(study.config.lab))
    ups = {_up(study.config.lab, recording) for recording in recordings}
    if ups == {proposal.up} or (not proposal.sure and not _shown(proposal)):
        return None
    stated, lab = " and ".join(sorted(ups)), study.config.lab
    fix = Fix(_assignments(lab, proposal)) if proposal.sure else None
    words = "lab.axes: screen gives" if lab.axes == "screen" else "lab.up is"
    return Cause(
        "error" if proposal.sure else "warning",
        "wrong_axes",
        "axes",
        f"{words} {stated}, but the recordings show {proposal.up} up: {'; '.join(proposal.evidence)}",
        f"write lab.up: {proposal.up!r} into config.yaml (and a lab.forward on another axis)",
        ((session.participant, session.session, ""),),
        fix,
    )


def stop_at_wrong_axes(study: Study) -> None:
    """Raise where the static trials of several sessions all contradict the lab's axes; for use before a run.

    Parameters
    ----------
    study : Study
        `data.wrong_axes: warn` leaves it to the rows of quality.tsv.

    Raises
    ------
    StudyError
    """
    if study.config.data.wrong_axes == "warn":
        return
    step = max(1, len(study.sessions) // _SESSIONS)
    found: list[Cause] = []
    for session in study.sessions[::step][:_SESSIONS]:
        if not _ends(study, session) and any(True for _ in _statics(study, session)):
            cause = axes_cause(study, session)
            if cause is None or cause.level != "error":
                return
            found.append(cause)
    if found:
        cause, count = found[0], len(found)
        raise StudyError(
            [
                f"{cause.message}; {cause.cure}. All {count} sessions looked at say so. `biomech check --fix` writes it; if the "
                "config is right all the same, data.wrong_axes: warn lets the run begin"
            ]
        )


def _ends(study: Study, session: Session) -> bool:
    """Return whether reading the static trials ends the program; the stage ingest leaves such a recording out."""

    def read() -> None:
        with contextlib.suppress(Exception):
            list(_statics(study, session))

    return bool(run_apart(read))


def _statics(study: Study, session: Session) -> Iterator[Recording]:
    """Yield the static recordings of a session that can be read, in their stored axes."""
    for trial in session.trials:
        if trial.role != "static":
            continue
        try:
            yield read_recording(study.data_folder / trial.file, _stored(study.config.lab), trial.relabel)
        except (BiomechError, OSError):
            continue  # the stage ingest reports it


def _stored(lab: Lab) -> Lab:
    return lab.model_copy(update={"axes": "config", "up": "+z", "forward": "+x"})


def _up(lab: Lab, recording: Recording) -> str:
    return (recording.screen[1] or lab.up) if lab.axes == "screen" else lab.up


def _shown(proposal: AxesProposal) -> bool:
    """Return whether more than one source names the proposed axis up."""
    return Counter(proposal.up in line for line in proposal.evidence)[True] > 1


def _assignments(lab: Lab, proposal: AxesProposal) -> tuple[str, ...]:
    """Return the options to set, one after the other; after each, up and forward are different axes."""
    out: list[str] = ["lab.axes=config"] if lab.axes == "screen" else []
    forward = lab.forward
    if forward[1] == proposal.up[1]:
        free: Sequence[str] = sorted(_THIRD - {proposal.up[1], lab.up[1]})
        out.append(f"lab.forward=+{free[0]}")
    return (*out, f"lab.up={proposal.up}")
