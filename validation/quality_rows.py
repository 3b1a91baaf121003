"""Lists the quality rows of every real recording and of the example, so that two versions can be set against each other.

    python -m validation.quality_rows DATA OUT.tsv            writes the rows
    python -m validation.quality_rows DATA OUT.tsv OLD.tsv    and prints those that OLD.tsv does not have

``DATA`` is the folder of the real recordings. Every study of `tests/studies`, of `validation/studies` and the example run
through all stages; every other recording is read alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from biomech.config import Config
from biomech.errors import TrialError
from biomech.io.ingest import ingest_trial
from biomech.io.sheets import Trial
from biomech.pipeline.preflight import load_study
from biomech.quality import Quality
from validation.run_stages import run_session

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ("source", "participant", "session", "trial", "stage", "level", "code", "item", "message")
# what a row is recognised by in another version: the text may change with a number in it
KEY = ("source", "participant", "session", "trial", "level", "code", "item")


def quality_rows(data: Path, processes: int = 2) -> pd.DataFrame:
    """Return the quality rows of all recordings; columns of `COLUMNS`, one row each."""
    jobs: list[tuple[Callable[..., pd.DataFrame], tuple]] = []
    used: set[Path] = set()
    for folder in studies():
        study = load_study(folder, {} if folder == ROOT else {"BIOMECH_DATA": str(data)})
        for number, session in enumerate(study.sessions):
            used |= {(study.data_folder / trial.file).resolve() for trial in session.trials}
            jobs.append((_of_session, (folder, number, data)))
    jobs += [(_of_file, (path, data)) for path in recordings(data) if path.resolve() not in used]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = [future.result() for future in [pool.submit(call, *given) for call, given in jobs]]
    return pd.concat(found, ignore_index=True)[list(COLUMNS)].fillna("").astype(str)


def studies() -> list[Path]:
    """Return the study folders: the example and all studies of real recordings."""
    return [ROOT, *(path for top in ("tests", "validation") for path in sorted((ROOT / top / "studies").iterdir()))]


def recordings(data: Path) -> Iterator[Path]:
    """Yield every C3D file below a folder, in order."""
    return (path for path in sorted(data.rglob("*")) if path.suffix.lower() == ".c3d")


def new_rows(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `now` that `before` does not have, by `KEY`: of rows with the same key those beyond its number."""
    left = Counter(before[list(KEY)].itertuples(index=False, name=None))
    keep = []
    for key in now[list(KEY)].itertuples(index=False, name=None):
        keep.append(left[key] <= 0)
        left[key] -= 1
    return now[keep]


def _of_session(folder: Path, number: int, data: Path) -> pd.DataFrame:
    study = load_study(folder, {} if folder == ROOT else {"BIOMECH_DATA": str(data)})
    table = run_session(study, study.sessions[number]).quality
    return table.assign(source="example" if folder == ROOT else folder.relative_to(ROOT).as_posix())


def _of_file(path: Path, data: Path) -> pd.DataFrame:
    name = path.relative_to(data).as_posix()
    quality = Quality("", "", "ingest")
    trial = Trial(trial=path.name, file=name, role="dynamic", task="walking")
    try:
        ingest_trial(trial, data, Config(), quality)
    except TrialError as error:
        quality.add_error(error, trial=path.name)
    return quality.table().assign(source=name)


def main(arguments: list[str]) -> int:
    """Run the script; see the module's text."""
    if len(arguments) not in (2, 3):
        print(__doc__)
        return 2
    table = quality_rows(Path(arguments[0]).resolve())
    table.to_csv(arguments[1], sep="\t", index=False)
    print(table.groupby(["level", "code"]).size().to_string())
    if len(arguments) == 3:
        old = pd.read_csv(arguments[2], sep="\t", dtype=str, keep_default_na=False)
        print(f"\n{len(new := new_rows(table, old))} new rows")
        print(new.to_string(index=False, max_colwidth=140))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
