"""A guess: its value, whether it is sure, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Guess(Generic[T]):
    """What was concluded from the files.

    Parameters
    ----------
    value : T
        The guess; None where nothing speaks for any value.
    sure : bool
        Whether it needs no answer. What is not sure is asked, or stands with a comment in the sheets.
    evidence : str
        What it rests on, in words.
    """

    value: T
    sure: bool
    evidence: str
