"""Questions for the person who starts a study: asked in a terminal, or answered by their defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.prompt import Prompt

from biomech.errors import BiomechError

_ENDED = (
    "the input ended before every question was answered; answer in a terminal, or give --yes, which keeps the guesses"
)


class Asker(Protocol):
    """Answers questions."""

    answers: int

    def choose(self, question: str, default: str, choices: Sequence[str] = ()) -> str | None:
        """Return the answer to a question; None where nobody was asked."""


class Nobody:
    """Nobody is asked: what is unsure is written as a comment."""

    answers = 0

    def choose(self, question: str, default: str, choices: Sequence[str] = ()) -> str | None:
        """Return None."""
        return None


class Terminal:
    """Asks in a terminal; Enter takes the default."""

    def __init__(self, console: Console | None = None) -> None:
        self.console, self.answers = console or Console(), 0

    def choose(self, question: str, default: str, choices: Sequence[str] = ()) -> str | None:
        """Return the answer, one of the choices if there are any."""
        self.console.print()
        self.console.print(question, markup=False)
        if choices:
            self.console.print(f"  one of: {', '.join(choices)}", markup=False)
        while True:
            try:
                answer = Prompt.ask(" ", console=self.console, default=default, show_default=True)
            except EOFError:
                raise BiomechError(_ENDED) from None
            if not choices or answer in choices:
                self.answers += 1
                return answer
            self.console.print(f"  {answer!r} is not one of them", markup=False)
