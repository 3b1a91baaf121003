"""Metrics and tasks of a lab's own: files of the study folder and entry points of packages, registered while a study is worked on."""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from biomech.errors import StudyError
from biomech.own_tasks import registered
from biomech.tasks import TASKS

if TYPE_CHECKING:
    from biomech.outcomes import Metric

FOLDER = Path("config", "metrics")
GROUP = "biomech.metrics"


def own_files(folder: Path) -> list[Path]:
    """Return the files of a study folder that register metrics and tasks, in the order of their names."""
    return sorted((folder / FOLDER).glob("*.py"))


def own_hash(folder: Path) -> str:
    """Return a hash of all that registers own metrics and tasks; empty where there is nothing."""
    parts = [f"{path.name} {_digest(path)}" for path in own_files(folder)]
    for point in _points():
        file = _source_of(point)
        version = point.dist.version if point.dist else ""
        parts.append(f"{point.name} {point.value} {version} {_digest(file) if file else ''}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16] if parts else ""


@contextmanager
def own_rows(folder: Path | None) -> Iterator[list[str]]:
    """Register a lab's own metrics and tasks, and take them out of the registries at the end.

    Parameters
    ----------
    folder : Path, optional
        The study folder, or None to leave the registries as they are: every ``config/metrics/*.py`` is run, then every entry
        point of the group `GROUP` is called. What another folder had registered is away until the end.

    Yields
    ------
    list of str
        Every fault with its file and line: a syntax error, a name that is taken, a missing unit. What a file registers
        before its fault stays.
    """
    files = own_files(folder) if folder else []
    points = _points() if folder else []
    if not files and not points:
        yield []
        return
    from biomech.outcomes import METRICS

    before, faults = dict(METRICS), list[str]()
    try:
        _fill_metrics({name: item for name, item in before.items() if not item.origin})
        with registered({}):
            for path in files:
                name = (FOLDER / path.name).as_posix()
                faults += _registered(name, partial(_run, path), path)
            for point in points:
                faults += _registered(f"entry point {point.name!r} ({point.value})", partial(_call, point))
            yield faults
    finally:
        _fill_metrics(before)


@contextmanager
def use_own(folder: Path | str) -> Iterator[None]:
    """Work with a lab's own metrics and tasks, in a ``with`` block.

    Parameters
    ----------
    folder : Path or str
        Study folder whose ``config/metrics/*.py`` register them; those of installed packages (entry points) come with them.

    Raises
    ------
    StudyError
        With file and line of every fault.

    Examples
    --------
    >>> import biomech
    >>> with biomech.use_own("MYSTUDY"):
    ...     subject = biomech.calibrate(biomech.example_files()["static"], mass_kg=65.5)
    """
    with own_rows(Path(folder)) as faults:
        if faults:
            raise StudyError(faults)
        yield


def _fill_metrics(rows: Mapping[str, Metric]) -> None:
    from biomech.outcomes import METRICS

    METRICS.clear()
    METRICS.update(rows)


@cache
def _points() -> list[EntryPoint]:
    """Search the environment once: a process that reads a study asks for each of its jobs."""
    return sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))


def _source_of(point: EntryPoint) -> Path | None:
    """Return the file of an entry point's module, which may be edited while its version stays."""
    for file in (point.dist.files or []) if point.dist else []:
        if file.with_suffix("").as_posix() == point.module.replace(".", "/"):
            return Path(str(file.locate()))
    return None


def _call(point: EntryPoint) -> None:
    point.load()()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _run(path: Path) -> None:
    """Run a file as a module of its own, which nothing else can import."""
    name = f"_biomech_own_{path.stem}"
    spec = spec_from_loader(name, _FreshLoader(name, str(path)))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]


class _FreshLoader(SourceFileLoader):
    """Compiles the file every time: nothing is written into the study folder, and an edit within a second is seen."""

    def get_code(self, fullname: str) -> CodeType:
        code: CodeType = self.source_to_code(self.get_data(self.path), self.path)
        return code


def _registered(name: str, work: Callable[[], object], path: Path | None = None) -> list[str]:
    """Run what registers metrics and tasks, and note at each where it comes from; return the fault, if there is one."""
    from biomech.outcomes import METRICS

    known, faults = {*METRICS, *TASKS}, []
    try:
        work()
    except Exception as error:
        faults.append(f"{name}{_line(error, path)}: {type(error).__name__}: {error}")
    for metric in set(METRICS) - known:
        METRICS[metric] = replace(METRICS[metric], origin=name)
    for task in set(TASKS) - known:
        TASKS[task] = replace(TASKS[task], origin=name)
    return faults


def _line(error: Exception, path: Path | None) -> str:
    """Return the line of a file in which an error arose, in words."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f", line {lines[-1]}" if lines else ""
