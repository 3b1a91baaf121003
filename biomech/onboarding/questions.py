"""What is unsure, as questions: alike ones are asked once; an answer is sure, and a question nobody answers stays a comment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from biomech.model.lab_axes import AXES, AxesProposal
from biomech.onboarding.asking import Asker
from biomech.onboarding.body import STORED
from biomech.onboarding.guess import Guess
from biomech.onboarding.people import Owner
from biomech.onboarding.roles import Use
from biomech.onboarding.words import label_of, words_of
from biomech.schema import SIDES
from biomech.tasks import TASKS

_MANY = 4
_LEAVE = "leave-out"
ANSWERED = "answered when the study was started"


def ask_people(guesses: Mapping[str, Guess[Owner]], asker: Asker) -> dict[str, Guess[Owner]]:
    """Ask whose recordings are whose where that is unsure, once for each guessed person."""
    out = dict(guesses)
    groups = defaultdict(list)
    for file, guess in guesses.items():
        if not guess.sure:
            groups[guess.value.participant, guess.evidence].append(file)
    for (person, evidence), files in groups.items():
        answer = asker.choose(f"Whose are {_some(files)}? ({evidence})", person)
        if answer is not None:
            label = label_of(answer)
            for file in files:
                out[file] = Guess(replace(guesses[file].value, participant=label), True, ANSWERED)
    return out


def ask_axes(proposal: AxesProposal | None, asker: Asker) -> tuple[str, str, list[str]]:
    """Return up and forward, and what they rest on; asked where unsure."""
    if proposal is None:
        return "+z", "+x", ["UNSURE: no markers from which the axes follow; z up is the usual one"]
    why = list(proposal.evidence)
    if proposal.sure:
        return proposal.up, proposal.forward, why
    answer = asker.choose(f"Which stored axis points up? ({'; '.join(why)})", proposal.up, AXES)
    if answer is None:
        return proposal.up, proposal.forward, [f"UNSURE: {line}" if i == 0 else line for i, line in enumerate(why)]
    forward = proposal.forward if proposal.forward[1] != answer[1] else next(a for a in AXES if a[1] != answer[1])
    return answer, forward, [*why, f"up: {ANSWERED}"]


def ask_set(guess: Guess[str], known: Sequence[str], asker: Asker) -> tuple[str, list[str]]:
    """Return the marker set and what it rests on; asked where none fits."""
    default = guess.value or known[0]
    if guess.sure:
        return default, [guess.evidence]
    answer = asker.choose(f"Which marker set? {guess.evidence}.", default, known)
    return (default, [f"UNSURE: {guess.evidence}"]) if answer is None else (answer, [guess.evidence, ANSWERED])


def ask_uses(guesses: Mapping[str, Guess[Use]], asker: Asker) -> dict[str, Guess[Use]]:
    """Ask role, task and side where they are unsure: the task once for files of alike names and alike guesses."""
    out = dict(guesses)
    groups = defaultdict(list)
    for file, guess in guesses.items():
        if guess.value.unsure == "side":
            side = asker.choose(
                f"Which leg stands, lands or cuts?\n  {file}: {guess.evidence}", "both", (*SIDES, "both")
            )
            if side is not None:
                use = replace(guess.value, side="" if side == "both" else side, unsure="")
                out[file] = Guess(use, True, ANSWERED)
        elif not guess.sure:
            groups[_kind(file), guess.value.role, guess.value.task, guess.value.condition].append(file)
    choices = (*TASKS, "mvc", _LEAVE)
    for (_, _, task, condition), files in groups.items():
        default = "mvc" if condition == "mvc" else task or _LEAVE
        shown = "\n".join(f"  {file}: {guesses[file].evidence}" for file in files[:_MANY])
        more = f"\n  and {len(files) - _MANY} more files of such names" if len(files) > _MANY else ""
        answer = asker.choose(f"Which task is this?\n{shown}{more}", default, choices)
        if answer is None:
            continue
        for file in files:
            out[file] = _answered(guesses[file], answer, file, asker)
    return out


def _answered(guess: Guess[Use], answer: str, file: str, asker: Asker) -> Guess[Use]:
    if answer == _LEAVE:
        return Guess(replace(guess.value, task="", unsure=""), True, ANSWERED)
    if answer in ("static", "functional", "mvc"):
        role = "static" if answer == "static" else "functional"
        condition = "mvc" if answer == "mvc" else guess.value.condition
        if answer == "functional" and condition not in ("hip", "knee"):
            condition = asker.choose(f"Which joint does {file} move?", "hip", ("hip", "knee")) or ""
        return Guess(Use(role, role, guess.value.side, condition), True, ANSWERED)
    side = guess.value.side
    if not TASKS[answer].bilateral:
        side = asker.choose(f"Which leg stands, lands or cuts in {file}?", side or "both", (*SIDES, "both")) or ""
    return Guess(Use("dynamic", answer, "" if side == "both" else side), True, ANSWERED)


def ask_measures(
    found: Mapping[tuple[str, str], Mapping[str, Guess[float]]], asker: Asker
) -> tuple[dict[tuple[str, str], dict[str, float]], dict[tuple[str, str], str]]:
    """Have the measures of all people confirmed by one question, and those that are unsure by one each.

    Returns
    -------
    kept : dict
        (participant, session) to column and value.
    evidence : dict
        (participant, session) to the comment of its row.
    """
    kept = {key: {name: guess.value for name, guess in measures.items()} for key, measures in found.items()}
    evidence = {key: _comment(measures) for key, measures in found.items()}
    lines = [
        f"  {person}, session {visit}: " + ", ".join(f"{name} {value:g}" for name, value in values.items())
        for (person, visit), values in kept.items()
        if values
    ]
    if not lines:
        return kept, evidence
    shown = "\n".join(lines[:20]) + (f"\n  and {len(lines) - 20} more" if len(lines) > 20 else "")
    answer = asker.choose(
        f"Masses and lengths of the people, from the C3D files and plates. Are they right?\n{shown}",
        "yes",
        ("yes", "no"),
    )
    if answer is None:  # what the plates weigh stays a comment
        return {
            key: {name: value for name, value in values.items() if not _weighed(found[key][name])}
            for key, values in kept.items()
        }, evidence
    for key, measures in found.items():
        if answer == "no":
            kept[key], evidence[key] = {}, ""
            continue
        evidence[key] = ""
        for name, guess in measures.items():
            if not guess.sure and name == "mass_kg":
                mass = asker.choose(f"{key[0]}, session {key[1]}: mass in kg? ({guess.evidence})", f"{guess.value:g}")
                kept[key][name] = _number(mass, guess.value)
    return kept, evidence


def _comment(measures: Mapping[str, Guess[float]]) -> str:
    if not measures:
        return ""
    unsure = [f"UNSURE {name} {guess.value:g}: {guess.evidence}" for name, guess in measures.items() if not guess.sure]
    sure = any(guess.sure for guess in measures.values())
    return "; ".join(unsure + (["to be confirmed: mass and lengths are those stored in the C3D files"] if sure else []))


def _weighed(guess: Guess[float]) -> bool:
    return not guess.sure and not guess.evidence.startswith(STORED)


def _number(given: str | None, default: float) -> float:
    try:
        return float((given or "").replace(",", "."))
    except ValueError:
        return default


def _kind(file: str) -> str:
    """Return the words of a file's name without numbers and sides: files of one kind are asked about together."""
    words = words_of(PurePosixPath(file).stem).split()
    return " ".join(word for word in words if not word.isdigit() and not re.fullmatch(r"l|r|left|right", word))


def _some(files: Sequence[str]) -> str:
    rest = len(files) - _MANY
    return ", ".join(files[:_MANY]) + (f" and {rest} more files" if rest > 0 else "")
