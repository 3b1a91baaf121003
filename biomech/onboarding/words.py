"""What names of files and folders say: role, task, side, visit; words are parts between signs, digits and capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATIC = r"static\w*|stat|cal|calib\w*|standing|stand|statisch|t ?pose|n ?pose|anatomic\w*|neutral"
_FUNCTIONAL = r"func\w*|funktion\w*|star ?arc|hjc|kjc|sara|score|functional"
_ONE, _TWO = r"single|one|uni\w*|einbein\w*", r"double|two|both|bilateral|dbl|beidbein\w*"
#: First that matches counts; the words are those of `words_of`, joined by blanks.
TASKS: tuple[tuple[str, str], ...] = (
    (rf"({_ONE}) (leg )?squats?|sls squat", "single_leg_squat"),
    (rf"({_TWO}) (leg )?squats?|dls", "double_leg_squat"),
    (r"step ?downs?|lateral step", "step_down"),
    (r"drop vertical( jump)?|dvj|drop jump", "drop_vertical_jump"),
    (rf"({_ONE}) (leg )?(drop )?(land\w*|jump|hop)|(drop )?landing ({_ONE})", "single_leg_drop_landing"),
    (rf"({_TWO}) (leg )?(drop )?(land\w*|jump)", "double_leg_drop_landing"),
    (r"side ?cut\w*|cut|cutting|side ?step\w*|cod", "side_cut"),
    (rf"({_ONE}) (leg )?(stance|stand\w*|balance)|balance|einbeinstand", "single_leg_stance"),
    (r"(stairs?|treppe) ?(up|asc\w*|hoch|auf)|(asc\w*|up) stairs?", "stairs_up"),
    (r"(stairs?|treppe) ?(down|desc\w*|runter|ab)|(desc\w*|down) stairs?", "stairs_down"),
    (r"run|running|runs|jog|jogging|laufen|sprint\w*", "running"),
    (r"walk\w*|gait|gang|gehen|gw", "walking"),
    (r"lunges?|bridges?|clam\w*", "repetition"),
)
#: Words that leave the task open, and the tasks that they allow.
OPEN = ((r"squats?|kniebeuge\w*", ("double_leg_squat", "single_leg_squat")), (r"land\w*|jump\w*|drop", ("drop_vertical_jump", "double_leg_drop_landing", "single_leg_drop_landing")))  # fmt: skip
_SIDE = {"left": r"l|lt|left|links|li", "right": r"r|rt|right|rechts|re"}
_VISIT = r"(pre|post|baseline|base|follow ?up|fu|visit|session|sitzung|termin|day|tag|week|woche|month|monat|test|retest|before|after|vorher|nachher)( ?\d{1,3})?|[vtswmd] ?\d{1,3}"
_DATE = r"\d{4}[-_.]?\d{2}[-_.]?\d{2}|\d{2}[-_.]\d{2}[-_.]\d{2,4}"
_TRIAL = r"(trial|dynamic|dyn|movement|take|capture|messung|versuch)( ?\d+)?"


@dataclass(frozen=True)
class NameReading:
    """What a name says; empty where it says nothing.

    Parameters
    ----------
    role : str
        ``static``, ``functional``, ``mvc`` or empty.
    task : str
    may_be : tuple of str
        Tasks that a general word (``squat``) leaves open.
    side : str
    word : str
        The word that states the role or task, for the evidence.
    """

    role: str = ""
    task: str = ""
    may_be: tuple[str, ...] = ()
    side: str = ""
    word: str = ""


def words_of(name: str) -> str:
    """Return a name in lower case, its words separated by blanks: ``singleLegLanding_02`` is ``single leg landing 02``."""
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)
    apart = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", apart)
    return " ".join(re.split(r"[\W_]+", apart)).strip().casefold()


def read_name(*names: str) -> NameReading:
    """Return what the name of a file says, and where it says nothing, those of its folders, the nearest first."""
    for name in names:
        text = words_of(name)
        side = next((side for side, pattern in _SIDE.items() if _found(pattern, text)), "")
        if both := [s for s, pattern in _SIDE.items() if _found(pattern, text)]:
            side = both[0] if len(both) == 1 else ""
        if word := _found(r"mvi?c|max\w* contr\w*|maximal\w*", text):
            return NameReading(role="mvc", word=word, side=side)
        if word := _found(_FUNCTIONAL, text):
            return NameReading(role="functional", word=word, side=side)
        task, word = next(((task, w) for pattern, task in TASKS if (w := _found(pattern, text))), ("", ""))
        if task:
            return NameReading(task=task, word=word, side=side)
        if word := _found(_STATIC, text):
            return NameReading(role="static", word=word)
        for pattern, tasks in OPEN:
            if word := _found(pattern, text):
                return NameReading(may_be=tasks, word=word, side=side)
    return NameReading()


def is_visit(name: str) -> bool:
    """Whether a folder's name is that of a visit: ``pre``, ``Visit 2``, a date."""
    return bool(re.fullmatch(_VISIT, words_of(name)) or re.fullmatch(rf"({_DATE}).*", name))


def is_trial_word(name: str) -> bool:
    """Whether a folder's name is that of a trial or task, so that it names no person."""
    text = words_of(name)
    return bool(re.fullmatch(_TRIAL, text)) or read_name(name) != NameReading(side=read_name(name).side)


def label_of(name: str) -> str:
    """Return a name as a label of the sheets: letters, digits, hyphens and underscores; umlauts are written out."""
    written: dict[str, str | int | None] = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
    text = name.translate(str.maketrans(written))
    import unicodedata

    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-_") or "x"


def _found(pattern: str, text: str) -> str:
    match = re.search(rf"(?<!\S)(?:{pattern})(?!\S)", text)
    return match.group(0) if match else ""
