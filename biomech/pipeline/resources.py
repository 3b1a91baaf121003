"""Memory and time of every job, from what it works on: a cluster must be asked for both before a job starts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from biomech.io.sheets import Study
from biomech.pipeline.stages import SPECS
from biomech.pipeline.targets import recordings, session_of

MEMORY_MARGIN, TIME_MARGIN = 1.5, 5.0  # over what was measured; chosen: nodes are slower, shared folders much slower
LEAST_MINUTES = 5  # chosen: start of the packages from a shared folder that many jobs read at a time

OF_RECORDINGS = (*SPECS, "export", "session_report")  # jobs that work on one session


class Need(NamedTuple):
    """What a job takes; its size is counted in MB of recordings where it works on a session, else in sessions.

    Parameters
    ----------
    memory_mb, seconds : float
        Of a job of no size.
    memory_mb_each : float
        Added by each MB of the session's largest recording (one is in memory at a time), or by each session.
    seconds_each : float
        Added by each MB of all recordings of the session, or by each session.
    """

    memory_mb: float
    memory_mb_each: float
    seconds: float
    seconds_each: float


# Measured, both as the largest found: jobs of the example (67 recordings, 3 to 8 MB a session; processor seconds with two
# cores shared by a dozen processes) for stages, `docs/performance.md` for what all sessions are joined in. What an MB of a
# recording adds to memory: one trial of a minute against one of ten seconds. "as ...": not measured.
_RECORDING = 12.0
NEEDS: dict[str, Need] = {
    "ingest": Need(281, _RECORDING, 2, 0.3),
    "model": Need(273, _RECORDING, 3, 0.2),
    "kinematics": Need(352, _RECORDING, 4, 0.4),
    "kinetics": Need(341, _RECORDING, 3, 0.6),
    "muscles": Need(338, _RECORDING, 4, 1.2),
    "cycles": Need(345, _RECORDING, 2, 1.2),
    "metrics": Need(320, _RECORDING, 2, 0.4),
    "findings": Need(221, _RECORDING, 3, 0.8),
    "export": Need(345, _RECORDING, 3, 1.2),  # as cycles, which it reads with all that they are made from
    "session_report": Need(345, _RECORDING, 5, 1.2),  # as cycles, which it reads
    # one participant: sessions
    "figures": Need(330, 5, 10, 25),  # its growth in memory: chosen
    # the study: sessions
    "study": Need(312, 0.65, 5, 0.55),
    "outcomes": Need(220, 0.25, 4, 0.05),  # its growth as that of statistics
    "statistics": Need(380, 0.25, 4, 0.05),
    "profile_scores": Need(380, 0.25, 4, 0.05),  # as statistics
    "provenance": Need(160, 0.25, 4, 0.05),  # its growth as that of statistics
    "variants": Need(490, 0.1, 5, 0.8),
    "comparison": Need(390, 0.55, 8, 0.1),
    "overview": Need(333, 0.25, 4, 0.05),  # its growth as that of statistics
    "methods": Need(190, 0.25, 4, 0.05),  # its growth as that of statistics
    "statistics_report": Need(432, 0.1, 4, 0.05),
    "profile_figures": Need(330, 0.1, 10, 1),  # as figures, one page each
    "report": Need(255, 0.25, 6, 0.05),  # its growth as that of statistics
    "study_report": Need(432, 0.25, 10, 0.1),  # as statistics_report and report together
    "bids": Need(345, 0.1, 5, 10),  # as cycles; every recording is written as text
    "zarr": Need(345, 0.65, 5, 0.55),  # as study
}


def resources(job: str, sizes: Sequence[float], attempt: int = 1) -> dict[str, int]:
    """Return memory and time of a job.

    Parameters
    ----------
    job : str
        A key of `NEEDS`.
    sizes : sequence of float
        MB of every recording that it works on, or a 1 for every session; may be empty.
    attempt : int
        Of a job that was ended for want of either: the second attempt gets twice as much, and so on.

    Returns
    -------
    dict
        ``mem_mb`` and ``runtime`` (minutes), whole numbers.
    """
    need = NEEDS[job]
    whole = sum(sizes)
    at_once = max(sizes, default=0.0) if job in OF_RECORDINGS else whole
    memory = need.memory_mb + need.memory_mb_each * at_once
    seconds = need.seconds + need.seconds_each * whole
    return {
        "mem_mb": math.ceil(memory * MEMORY_MARGIN) * attempt,
        "runtime": math.ceil(LEAST_MINUTES + seconds * TIME_MARGIN / 60) * attempt,
    }


def sizes(job: str, study: Study, participant: str = "", session: str = "") -> list[float]:
    """Return the sizes of what a job works on; see `resources`.

    Parameters
    ----------
    job : str
        A key of `NEEDS`.
    study : Study
    participant, session : str
        Empty where the job works on all of them.
    """
    if job in OF_RECORDINGS:
        return [path.stat().st_size / 2**20 for path in recordings(study, session_of(study, participant, session))]
    return [1.0] * len(study.visits[participant] if participant else study.sessions)


def of_rule(job: str, study: Study) -> dict[str, Callable[..., int]]:
    """Return what `resources` returns as functions of a job's wildcards and of the attempt."""
    known = cache(lambda *names: sizes(job, study, *names))

    def need(name: str, wildcards: Any, attempt: int) -> int:
        names = [wildcards.get(one, "") for one in ("participant", "session")]
        return resources(job, known(*names), attempt)[name]

    return {
        "mem_mb": lambda wildcards, attempt: need("mem_mb", wildcards, attempt),
        "runtime": lambda wildcards, attempt: need("runtime", wildcards, attempt),
    }
