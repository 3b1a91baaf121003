"""Read C3D files in a process of its own, so that a crash, a hang or a flood of memory is a result and not the end.

As a program: reads paths from standard input, one a line, and answers each with one line of JSON.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT_BYTES = 2 << 30
LIMIT_S = 10.0
# rows that say that a file contradicts itself, so that a reading by its header alone may differ
DOUBTS = {
    "frames_disagree",
    "first_frame_disagrees",
    "rate_disagrees",
    "scale_disagrees",
    "analog_layout",
    "frames_padding",
}


@dataclass(frozen=True)
class Outcome:
    """``read``, the code of a TrialError, or ``crash``, ``hang``, ``exception`` with what is known of it."""

    result: str
    text: str = ""
    seconds: float = 0.0


class Jail:
    """A process that reads files, started again whenever one brought it down."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def read(self, path: Path) -> Outcome:
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, __file__], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert self.process.stdout
            started = self.process.stdout.readline()
            assert started == "ready\n", started
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.close()
            return Outcome("crash", "the process ended after the file before")
        # processor time is limited within; a wall clock tells a hang only if it is generous
        if sys.platform != "win32" and not select.select([self.process.stdout], [], [], 6 * LIMIT_S)[0]:
            self.close()
            return Outcome("hang")
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.process = None
            return Outcome("crash", f"exit code {code}")
        return Outcome(**json.loads(line))

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _serve() -> None:
    import traceback

    from biomech.config import Config
    from biomech.errors import TrialError
    from biomech.io.ingest import ingest_session
    from biomech.io.sheets import Session, Trial
    from biomech.io.store import write_quality
    from biomech.io.trial_files import write_trials
    from biomech.quality import Quality

    _limit()
    answers, sys.stdout = sys.stdout, sys.stderr
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        path = Path(line.removesuffix("\n"))
        trial = Trial(trial="t", file=path.name, role="dynamic", task="walking")
        session = Session(participant="P", session="1", trials=(trial,))
        quality, before, text = Quality("P", "1", "ingest"), time.process_time(), ""
        try:
            trials = ingest_session(session, path.parent, Config(), quality, on_error="stop")
            write_trials(path.with_suffix(""), trials.items())
            write_quality(quality.table(), path.with_suffix(".tsv"))
            _compare(path, quality.table()["code"].tolist())
            result = "read"
        except TrialError as error:
            result, text = error.code, f"{error} ({error.action})"
        except Exception:
            result, text = "exception", traceback.format_exc()
        seconds = time.process_time() - before
        answers.write(json.dumps({"result": result, "text": text, "seconds": seconds}) + "\n")
        answers.flush()


def _compare(path: Path, quality: list[str]) -> None:
    """What is read is what a decoder gives that shares no code with the project, or a row says that header and parameters disagree."""
    import numpy as np
    import plain_c3d

    from biomech.c3d.raw import read_raw

    if DOUBTS.intersection(quality):
        return
    raw, plain = read_raw(path), plain_c3d.decode(path.read_bytes())
    with np.errstate(over="ignore", invalid="ignore"):
        for own, other in ((raw.points.T.transpose(0, 1, 2), plain.points), (raw.analog.T, plain.analog)):
            # beyond what single precision holds, and of numbers that are none, only the place is compared
            own, other = (np.where(np.abs(values) < 1e37, values, np.nan) for values in (own, other))
            np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-4)
    assert (np.float32(raw.rate_hz), raw.first_frame) == (np.float32(plain.rate), plain.first)
    for name in ("POINT LABELS", "FORCE_PLATFORM CORNERS", "FORCE_PLATFORM CHANNEL", "EVENT TIMES", "EVENT LABELS"):
        group, parameter = name.split()
        stored = plain.values.get((group, parameter), [])
        if stored and isinstance(stored[0], str):
            found = "".join(raw.texts(group, parameter)[: len(stored)])
            assert found.isascii() is False or found == "".join(text.replace("\0", " ").strip() for text in stored), (
                name
            )
        else:
            np.testing.assert_allclose(raw.numbers(group, parameter).ravel(order="F"), stored, rtol=1e-6)


def _limit() -> None:
    """Allow 2 GB more than the libraries take (what they map counts too), and no core files."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + LIMIT_BYTES, mapped + LIMIT_BYTES))


if __name__ == "__main__":
    _serve()
