"""What a situation is, and how all of them are run: each in a process of its own, so that a crash is an outcome."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from time import monotonic
from unittest.mock import patch

from biomech.model import markersets
from tests.robustness.draft import BASES, Draft
from tests.robustness.outcome import GOOD, Kind, Outcome, Result, judge, run_draft

LIMIT_S = 120.0
Make = Callable[[Draft], object]


@dataclass(frozen=True)
class Situation:
    """One thing that happens to recordings, sheets or marker sets.

    Parameters
    ----------
    kind : str
        Part of the page.
    title : str
        One line for the page.
    make : function of a Draft
        Alters it in place.
    names : str
        See `judge`.
    base : str
        Key of `BASES`.
    must_name, accept, shift_s, ignore
        See `judge`.
    """

    kind: str
    title: str
    make: Make
    names: str
    base: str = "walk"
    must_name: bool = False
    accept: tuple[Kind, ...] = GOOD
    shift_s: float = 0.0
    ignore: str = ""

    @property
    def name(self) -> str:
        return self.make.__name__

    def draft(self) -> Draft:
        """Return the altered study."""
        draft = BASES[self.base]()
        self.make(draft)
        return draft


class Collection(list[Situation]):
    """The situations of one kind; a decorator adds one."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def add(self, title: str, names: str, **options: object) -> Callable[[Make], Make]:
        def decorate(make: Make) -> Make:
            self.append(Situation(self.kind, title, make, names, **options))  # type: ignore[arg-type]
            return make

        return decorate


def run_all(situations: Iterable[Situation], processes: int = 2) -> Iterator[tuple[Situation, Outcome]]:
    """Run situations side by side; yields them in their order. Needs an operating system that can fork."""
    # parsing the same marker set four times a run is a fifth of the time
    with patch.object(markersets, "parse_markerset", cache(markersets.parse_markerset)):
        yield from _run_all(list(situations), processes)


def _run_all(wanted: list[Situation], processes: int) -> Iterator[tuple[Situation, Outcome]]:
    clean = {base: run_draft(BASES[base]()) for base in dict.fromkeys(s.base for s in wanted)}
    for base, result in clean.items():
        if result.faults or not result.values:
            raise RuntimeError(f"the clean study {base!r} does not run: {result.faults or result.rows}")
    waiting = list(enumerate(wanted))[::-1]
    running: dict[Connection, tuple[int, object, float]] = {}
    done: dict[int, Outcome] = {}
    context = get_context("fork")
    shown = 0
    while waiting or running:
        while waiting and len(running) < processes:
            number, situation = waiting.pop()
            here, there = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(situation, clean[situation.base], there))
            process.start()
            there.close()
            running[here] = (number, process, monotonic())
        for connection in wait(list(running), timeout=1.0):
            number, process, _ = running.pop(connection)  # type: ignore[index]
            try:
                done[number] = connection.recv()  # type: ignore[union-attr]
            except EOFError:
                process.join()  # type: ignore[attr-defined]
                done[number] = Outcome("process died", (), f"exit code {process.exitcode}")  # type: ignore[attr-defined]
            process.join()  # type: ignore[attr-defined]
        for connection, (number, process, start) in list(running.items()):
            if monotonic() - start > LIMIT_S:
                process.kill()  # type: ignore[attr-defined]
                del running[connection]
                done[number] = Outcome("process died", (), f"not done after {LIMIT_S:.0f} s")
        while shown in done:
            yield wanted[shown], done.pop(shown)
            shown += 1


def _work(situation: Situation, clean: Result, answer: Connection) -> None:
    try:
        outcome = outcome_of(situation, clean)
    except BaseException:
        outcome = Outcome("internal error", (), traceback.format_exc().strip().splitlines()[-1])
        if os.environ.get("ROBUSTNESS_TRACEBACK"):
            traceback.print_exc()
    answer.send(outcome)


def outcome_of(situation: Situation, clean: Result) -> Outcome:
    """Run one situation in this process."""
    return judge(
        clean,
        run_draft(situation.draft()),
        situation.names,
        must_name=situation.must_name,
        accept=situation.accept,
        shift_s=situation.shift_s,
        ignore=situation.ignore,
    )
