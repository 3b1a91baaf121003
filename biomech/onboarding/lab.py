"""Axes and marker set of a laboratory, per person: recordings of two laboratories do not make one study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from biomech.errors import StudyError
from biomech.model.lab_axes import AxesProposal, propose_axes
from biomech.model.markersets import MarkerSet, load_markerset, shipped
from biomech.onboarding.guess import Guess
from biomech.onboarding.survey import Look

_LOOKED_AT = 4  # recordings of a person that axes are proposed from


@dataclass(frozen=True)
class Fit:
    """How a marker set fits the recordings of a person.

    Parameters
    ----------
    name : str
        The marker set; empty where no label is known to any.
    lacking : tuple of str
        Labels that at least half of the recordings of a role lack.
    sometimes : tuple of str
        Labels that fewer lack.
    """

    name: str
    lacking: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()


def axes_of(looks: Sequence[Look]) -> AxesProposal | None:
    """Propose the axes from some recordings of one person, read with z up and x forward; None without markers."""
    shown = [look for look in looks if look.has_markers]
    step = max(1, len(shown) // _LOOKED_AT)
    chosen = [look.recording for look in shown[::step][:_LOOKED_AT] if look.recording is not None]
    return propose_axes(chosen) if chosen else None


def markersets(study_folder: Path) -> dict[str, MarkerSet]:
    """Return the shipped marker sets and those of a study; a faulty file of the study is left out (`biomech check` reports it)."""
    own = sorted((study_folder / "config" / "markersets").glob("*.yaml"))
    out = {}
    for name in dict.fromkeys([*(path.stem for path in own), *shipped()]):
        try:
            out[name] = load_markerset(name, study_folder)
        except StudyError:
            continue
    return out


def fit_of(recorded: Sequence[tuple[str, Look]], sets: Mapping[str, MarkerSet]) -> Fit:
    """Return the marker set that lacks fewest labels, of these the one that uses most.

    Parameters
    ----------
    recorded : sequence of (role, Look)
        Static and dynamic recordings of one person.
    sets : mapping
        Of `markersets`.
    """
    labels = [(role, look.recording.marker_names) for role, look in recorded if look.recording and look.has_markers]
    labels = [(role, names) for role, names in labels if role in ("static", "dynamic")]
    best: tuple[tuple[int, int, str], Fit] | None = None
    for name, markerset in sets.items():
        counts: Counter[str] = Counter()
        used = 0
        often: set[str] = set()
        for role in ("static", "dynamic"):
            of_role = [names for kind, names in labels if kind == role]
            missing = Counter(
                label
                for names in of_role
                for label in {x for side in markerset.sides for x in markerset.missing(names, role, side)}
            )
            counts += missing
            often |= {label for label, count in missing.items() if 2 * count >= len(of_role)}
            used += sum(len(set(markerset.resolve(names).values())) for names in of_role)
        if not used:
            continue
        fit = Fit(name, tuple(sorted(often)), tuple(sorted(set(counts) - often)))
        order = (len(often), -used, name)
        if best is None or order < best[0]:
            best = order, fit
    return best[1] if best else Fit("")


def markerset_guess(fit: Fit) -> Guess[str]:
    """Return the marker set with what speaks for and against it."""
    if not fit.name:
        return Guess(
            "", False, "no label of the files belongs to a known marker set: describe your own (docs/markersets.md)"
        )
    some = ", ".join(fit.lacking[:8]) + (", ..." if len(fit.lacking) > 8 else "")
    if fit.lacking:
        evidence = f"none fits; the nearest, {fit.name}, needs {some}, which the files lack: describe your own (docs/markersets.md)"
        return Guess(fit.name, False, evidence)
    evidence = "all labels that it needs are in the files"
    if fit.sometimes:
        evidence = f"its labels are in most files; some lack {', '.join(fit.sometimes[:8])}"
    return Guess(fit.name, True, evidence)
