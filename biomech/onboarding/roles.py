"""Role, task and side of a recording, from its name and from what it shows; where the two differ, it is a doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from biomech.onboarding.content import Content
from biomech.onboarding.guess import Guess
from biomech.onboarding.words import NameReading, read_name, words_of
from biomech.schema import SIDES
from biomech.task_groups import BOTH_LEG_SQUATS, LEVEL_RUNNING, LEVEL_WALKING
from biomech.tasks import TASKS


def _one_leg(task: str) -> bool:
    return task in TASKS and not TASKS[task].bilateral


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
    named = read_name(path.stem, *(part for part in reversed(path.parent.parts)))
    if content is None:
        if named.role == "mvc":
            return Guess(
                Use("functional", "functional", condition="mvc"), True, f"no markers, and {named.word!r} in its name"
            )
        return Guess(
            Use("functional", "functional", condition="mvc"), False, "no markers: perhaps maximal contractions"
        )
    if named.role == "mvc":
        return Guess(Use("functional", "functional", condition="mvc"), True, f"{named.word!r} in its name")
    if named.role == "functional":
        return _functional(named, words_of(path.stem), content)
    if named.role == "static" and not named.task:
        seen = f"{named.word!r} in its name; {content.words}"
        return Guess(
            Use("static", "static"),
            content.still,
            seen if content.still else f"{seen}, which a standing trial does not",
        )
    task = _named(named, content) if named.task or named.may_be else _shown(content)
    return _with_side(task, named, content)


def _functional(named: NameReading, words: str, content: Content) -> Guess[Use]:
    joint = next((joint for joint in ("hip", "knee") if joint in words.split()), "")
    if any(word in words.split() for word in ("hjc", "arc", "star")):
        joint = joint or "hip"
    evidence = f"{named.word!r} in its name"
    use = Use("functional", "functional", named.side, joint)
    return Guess(
        use, bool(joint), evidence if joint else f"{evidence}; which joint it moves, hip or knee, is not stated"
    )


def _named(named: NameReading, content: Content) -> Guess[str]:
    if named.may_be:
        one = content.standing in SIDES
        fitting = [task for task in named.may_be if _one_leg(task) == one] or list(named.may_be)
        evidence = f"{named.word!r} in its name leaves the task open; {content.words}"
        return Guess(fitting[0], False, evidence)
    against = _against(named.task, content)
    evidence = f"{named.word!r} in its name; {content.words}"
    return Guess(named.task, not against, f"{evidence}{f', but {against}' if against else ''}")


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


def _with_side(task: Guess[str], named: NameReading, content: Content) -> Guess[Use]:
    if task.value == "static":
        return Guess(Use("static", "static"), task.sure, task.evidence)
    use = Use("dynamic", task.value)
    if not _one_leg(task.value):
        return Guess(use, task.sure, task.evidence)
    stands = content.standing if content.standing in SIDES else ""
    if named.side and stands in ("", named.side):
        return Guess(replace(use, side=named.side), task.sure, task.evidence)
    if named.side:
        evidence = f"{named.side} in its name, but it stands on the {stands} foot for most of the time"
    else:
        evidence = "the side is not in its name" + (
            f"; it stands on the {stands} foot for most of the time" if stands else ""
        )
    return Guess(replace(use, unsure="side" if task.sure else "task"), False, f"{task.evidence}; {evidence}")
