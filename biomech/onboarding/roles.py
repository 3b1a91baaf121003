"""Role, task and side of a recording, from its name and from what it shows; where the two differ, it is a doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from biomech.onboarding.content import Content
from biomech.onboarding.guess import Guess
from biomech.onboarding.words import Said, read_name, words_of
from biomech.schema import SIDES
from biomech.tasks import BOTH_LEG_SQUATS, LEVEL_RUNNING, LEVEL_WALKING, TASKS

_ONE_LEG = tuple(name for name, task in TASKS.items() if not task.bilateral and name not in ("static", "functional"))


@dataclass(frozen=True)
class Use:
    """What a recording is for, as the sheet `trials` says it.

    Parameters
    ----------
    role, task : str
        ``dynamic`` with an empty task is a movement of which nothing says what it is.
    side : str
        Empty where the task is one of both legs, or where nothing says the side.
    condition : str
        ``mvc``, ``hip`` or ``knee`` of a functional recording.
    unsure : {"", "task", "side"}
        What is not sure; role, task and condition count as one.
    """

    role: str
    task: str
    side: str = ""
    condition: str = ""
    unsure: str = ""


def use_of(file: str, content: Content | None) -> Guess[Use]:
    """Guess what a recording is for; without a side where that alone is unsure.

    Parameters
    ----------
    file : str
        Path from the surveyed folder.
    content : Content or None
        None for a recording without markers.
    """
    found = _use_of(file, content)
    doubt = "" if found.sure else found.value.unsure or "task"
    return Guess(replace(found.value, unsure=doubt), found.sure, found.evidence)


def _use_of(file: str, content: Content | None) -> Guess[Use]:
    path = PurePosixPath(file)
    said = read_name(path.stem, *(part for part in reversed(path.parent.parts)))
    if content is None:
        if said.role == "mvc":
            return Guess(
                Use("functional", "functional", condition="mvc"), True, f"no markers, and {said.word!r} in its name"
            )
        return Guess(
            Use("functional", "functional", condition="mvc"), False, "no markers: perhaps maximal contractions"
        )
    if said.role == "mvc":
        return Guess(Use("functional", "functional", condition="mvc"), True, f"{said.word!r} in its name")
    if said.role == "functional":
        return _functional(said, words_of(path.stem), content)
    if said.role == "static" and not said.task:
        seen = f"{said.word!r} in its name; {content.words}"
        return Guess(
            Use("static", "static"),
            content.still,
            seen if content.still else f"{seen}, which a standing trial does not",
        )
    task = _named(said, content) if said.task or said.may_be else _shown(content)
    return _with_side(task, said, content)


def _functional(said: Said, words: str, content: Content) -> Guess[Use]:
    joint = next((joint for joint in ("hip", "knee") if joint in words.split()), "")
    if any(word in words.split() for word in ("hjc", "arc", "star")):
        joint = joint or "hip"
    told = f"{said.word!r} in its name"
    use = Use("functional", "functional", said.side, joint)
    return Guess(use, bool(joint), told if joint else f"{told}; which joint it moves, hip or knee, is not said")


def _named(said: Said, content: Content) -> Guess[str]:
    if said.may_be:
        one = content.standing in SIDES
        fitting = [task for task in said.may_be if (task in _ONE_LEG) == one] or list(said.may_be)
        told = f"{said.word!r} in its name leaves the task open; {content.words}"
        return Guess(fitting[0], False, told)
    against = _against(said.task, content)
    told = f"{said.word!r} in its name; {content.words}"
    return Guess(said.task, not against, f"{told}{f', but {against}' if against else ''}")


def _against(task: str, content: Content) -> str:
    """Return what a recording shows that its task does not; empty if nothing does."""
    rules = TASKS[task]
    if content.still and not rules.still:
        return "nothing moves"
    if task in LEVEL_WALKING and content.flights > 1:
        return "the body is in the air"
    if task in LEVEL_RUNNING and not content.flights:
        return "the body is never in the air"
    if rules.cycle == "stride" and not content.strides and content.travel_m < 0.5:
        return "no steps are seen"
    if rules.cycle == "squat" and (content.flights or content.travel_m > 1.5):
        return "the body moves about"
    if rules.cycle == "landing" and task != "side_cut" and not content.flights:
        return "the body is never in the air"
    if task in BOTH_LEG_SQUATS and content.standing in SIDES:
        return f"only the {content.standing} foot is down"
    return ""


def _shown(content: Content) -> Guess[str]:
    """Guess the task of a recording whose name says nothing."""
    seen = content.words
    bent = max(content.knee_flexion_deg.values(), default=0.0)
    if content.still:
        return Guess("static", content.upright_m > 0.5 and content.standing in ("both", ""), seen)
    if content.flights >= 2 and content.strides >= 2 and (content.speed_m_s > 1.8 or content.strides > 10):
        return Guess("running", True, seen)
    walks = content.travel_m >= 1.0 and not content.flights and 0.3 < content.speed_m_s < 2.5 and content.strides
    if walks:
        sure = bent < 75 and (content.strides >= 2 or (content.strides_from == "events" and content.travel_m > 2))
        return Guess("walking", sure, seen)
    if content.flights:
        one = content.standing in SIDES
        return Guess("single_leg_drop_landing" if one else "drop_vertical_jump", False, seen)
    if content.travel_m < 0.6 and bent > 45:
        one = content.standing in SIDES
        return Guess("single_leg_squat" if one else "double_leg_squat", False, seen)
    return Guess("", False, f"{seen}; no task is recognised")


def _with_side(task: Guess[str], said: Said, content: Content) -> Guess[Use]:
    if task.value == "static":
        return Guess(Use("static", "static"), task.sure, task.evidence)
    use = Use("dynamic", task.value)
    if task.value not in _ONE_LEG:
        return Guess(use, task.sure, task.evidence)
    stands = content.standing if content.standing in SIDES else ""
    if said.side and stands in ("", said.side):
        return Guess(replace(use, side=said.side), task.sure, task.evidence)
    if said.side:
        told = f"{said.side} in its name, but it stands on the {stands} foot for most of the time"
    else:
        told = "the side is not in its name" + (
            f"; it stands on the {stands} foot for most of the time" if stands else ""
        )
    return Guess(replace(use, unsure="side" if task.sure else "task"), False, f"{task.evidence}; {told}")
