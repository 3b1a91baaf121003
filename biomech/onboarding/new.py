"""`biomech new STUDY --from FOLDER`: survey the files, guess, ask what is unsure, write config and sheets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from biomech.config import Lab, parse_config, read_config
from biomech.errors import BiomechError, StudyError
from biomech.model.lab_axes import AxesProposal
from biomech.onboarding import doubts
from biomech.onboarding.asking import Asker
from biomech.onboarding.body import mass_of, sex_of, stored_measures, weighed_mass
from biomech.onboarding.content import Content, content_of
from biomech.onboarding.draft import Draft, TrialRow, name_trials, path_fault
from biomech.onboarding.guess import Guess
from biomech.onboarding.lab import Fit, axes_of, fit_of, markerset_guess, markersets
from biomech.onboarding.people import Owner, owners
from biomech.onboarding.questions import ask_axes, ask_measures, ask_people, ask_set, ask_uses
from biomech.onboarding.roles import Use, use_of
from biomech.onboarding.survey import Look, c3d_files, survey
from biomech.onboarding.writing import add_rows, known_files, write_new

Progress = Callable[[int, int], None]


@dataclass
class Seen:
    """All that was found out about the readable files.

    Parameters
    ----------
    looks : dict
        File to look.
    contents : dict
        File to its content.
    owners, uses : dict
        File to guess.
    axes : dict
        Participant to the proposal of its recordings; None without markers.
    fits : dict
        Participant to its marker set.
    """

    looks: dict[str, Look]
    contents: dict[str, Content | None]
    owners: dict[str, Guess[Owner]]
    uses: dict[str, Guess[Use]]
    axes: dict[str, AxesProposal | None]
    fits: dict[str, Fit]

    def of(self, participant: str) -> list[str]:
        """Return the files of a participant."""
        return [file for file, owner in self.owners.items() if owner.value.participant == participant]

    @property
    def people(self) -> list[str]:
        """Return the participants in the order of their files."""
        return list(dict.fromkeys(owner.value.participant for owner in self.owners.values()))


@dataclass(frozen=True)
class Started:
    """What `start_study` did.

    Parameters
    ----------
    written : list of Path
    draft : Draft
    added : bool
        Whether the study was there already.
    """

    written: list[Path]
    draft: Draft
    added: bool


def start_study(study: Path, source: Path, asker: Asker, progress: Progress = lambda done, total: None) -> Started:
    """Write config and sheets of a study from the C3D files below a folder, or add the files that its sheets lack.

    Parameters
    ----------
    study : Path
        The study folder; made if it is not there. The C3D files are neither moved nor copied nor changed.
    source : Path
        Folder of the C3D files.
    asker : Asker
        Is asked what is unsure.
    progress : callable, optional
        Receives how many files of how many are read.

    Raises
    ------
    BiomechError
        Where there is nothing to start from, or the study's data lie elsewhere.
    """
    files = _files(study, source)
    present = (study / "config" / "config.yaml").exists()
    names: set[tuple[str, str, str]] = set()
    if present:
        known, names = _known(study, source)
        files = [file for file in files if file not in known]
        if not files:
            return Started([], Draft(), True)
    elif there := [
        path for path in (study / "config").glob("*") if path.stem in ("participants", "sessions", "trials")
    ]:
        raise BiomechError(
            f"{', '.join(map(str, there))} exists already without a config.yaml; choose another study folder"
        )
    draft = plan(study, source, files, asker, names, progress, config_there=present)
    written = add_rows(study, draft) if present else write_new(study, draft)
    return Started(written, draft, present)


def plan(
    study: Path,
    source: Path,
    files: Sequence[str],
    asker: Asker,
    taken: set[tuple[str, str, str]] | None = None,
    progress: Progress = lambda done, total: None,
    config_there: bool = False,
) -> Draft:
    """Return the drafted study; see `start_study`. Nothing is written."""
    draft = Draft()
    seen, unreadable = look_into(study, source, files, progress)
    if not seen.looks:
        reasons = "; ".join(look.fault for look in unreadable[:3])
        raise BiomechError(f"none of the {len(files)} C3D files in {source} can be read: {reasons}")
    guessed, seen.owners = seen.owners, ask_people(seen.owners, asker)
    for file, owner in seen.owners.items():  # a person of another name keeps the axes
        seen.axes.setdefault(owner.value.participant, seen.axes[guessed[file].value.participant])
    _regroup(seen, study)
    main = _main_group(seen)
    _choose_lab(study, draft, seen, main, asker, config_there)
    draft.options["data.folder"] = _data_folder(study, source)
    draft.why["data.folder"] = ["the C3D files stay where they are"]
    seen.uses = ask_uses(seen.uses, asker)
    _people(draft, seen, asker)
    paths: set[str] = set()
    for file in seen.looks:
        draft.trials.append(_row(seen, file, main, draft, path_fault(file, paths)))
    for look in unreadable:
        draft.trials.append(TrialRow("", "", look.file, left_out=look.fault))
    name_trials([row for row in draft.trials if not row.left_out], taken)
    draft.doubts += doubts.of_unreadable(unreadable)
    draft.doubts += doubts.of_people(seen.owners)
    draft.doubts += doubts.of_statics(draft.trials, seen.looks)
    draft.doubts += doubts.of_rows(draft.trials)
    return draft


def look_into(
    study: Path, source: Path, files: Sequence[str], progress: Progress = lambda done, total: None
) -> tuple[Seen, list[Look]]:
    """Survey files and make all guesses; the second value holds the files that cannot be read."""
    looks = survey(source, files, progress=lambda done: progress(done, len(files)))
    unreadable = [look for look in looks if look.fault]
    found = {look.file: look for look in looks if not look.fault}
    whose = owners(list(found.values()), PurePosixPath(source.resolve().as_posix()).name)
    seen = Seen(found, {}, whose, {}, {}, {})
    for person in seen.people:
        seen.axes[person] = axes_of([found[file] for file in seen.of(person)])
    turned: dict[tuple[str, str], list[str]] = defaultdict(
        list
    )  # read again with the right axes: plates and heights are seen in them
    for person, proposal in seen.axes.items():
        if proposal is not None and proposal.up != "+z":
            turned[proposal.up, proposal.forward] += seen.of(person)
    for (up, forward), again in turned.items():
        for look in survey(source, again, Lab(up=up, forward=forward)):  # type: ignore[arg-type]
            found[look.file] = look if not look.fault else found[look.file]
    seen.contents = {file: content_of(look) for file, look in found.items()}
    seen.uses = {file: use_of(file, content) for file, content in seen.contents.items()}
    return seen, unreadable


def _regroup(seen: Seen, study: Path) -> None:
    sets = markersets(study)
    for person in seen.people:
        seen.fits[person] = fit_of([(seen.uses[f].value.role, seen.looks[f]) for f in seen.of(person)], sets)


def _main_group(seen: Seen) -> tuple[str, str]:
    """Return vertical axis and marker set of most files, those with a fitting set before others."""
    counts: Counter[tuple[str, str]] = Counter()
    for person in seen.people:
        counts[_group(seen, person)] += len(seen.of(person))
    fitting = {
        _group(seen, person) for person in seen.people if seen.fits[person].name and not seen.fits[person].lacking
    }
    return max(counts, key=lambda group: (group in fitting, counts[group]))


def _group(seen: Seen, person: str) -> tuple[str, str]:
    proposal = seen.axes[person]
    return (proposal.up if proposal else "+z", seen.fits[person].name)


def _choose_lab(study: Path, draft: Draft, seen: Seen, main: tuple[str, str], asker: Asker, config_there: bool) -> None:
    people = [person for person in seen.people if _group(seen, person) == main]
    proposal = next((seen.axes[person] for person in people if seen.axes[person] is not None), None)
    person = min(people, key=lambda one: (len(seen.fits[one].lacking), -len(seen.of(one))))
    chosen = markerset_guess(seen.fits[person])
    if config_there:
        return
    up, forward, why = ask_axes(proposal, asker)
    draft.options |= {"lab.up": up, "lab.forward": forward}
    draft.why["lab.up"] = why
    name, sentences = ask_set(chosen, sorted(markersets(study)), asker)
    draft.options["markerset"] = name
    draft.why["markerset"] = sentences
    if any(line.startswith("UNSURE") for line in (*why, *sentences)):
        draft.doubts.append(
            "config.yaml: " + "; ".join(line for line in (*why, *sentences) if line.startswith("UNSURE"))
        )


def _people(draft: Draft, seen: Seen, asker: Asker) -> None:
    """Fill in participants, and visits where anybody has several."""
    visits = defaultdict(list)
    for file, owner in seen.owners.items():
        visits[owner.value.participant, owner.value.session].append(file)
    several = len(visits) > len(seen.people)
    found: dict[tuple[str, str], dict[str, Guess[float]]] = {}
    for key, files in visits.items():
        pairs = [(seen.looks[file], seen.contents[file]) for file in files]
        measures = stored_measures(look for look, _ in pairs)
        mass = mass_of(measures.get("mass_kg"), weighed_mass(pairs))
        if mass.value is not None:
            measures["mass_kg"] = Guess(mass.value, mass.sure, mass.evidence)
        found[key] = measures
    kept, evidence = ask_measures(found, asker)
    for person in seen.people:
        keys = [key for key in visits if key[0] == person]
        draft.people[person] = {"participant": person, "sex": sex_of([seen.looks[f] for f in seen.of(person)])}
        draft.people[person] |= {name: f"{value:g}" for name, value in kept[keys[0]].items()}
        unsure = {f"UNSURE who: {seen.owners[f].evidence}" for f in seen.of(person) if not seen.owners[f].sure}
        draft.people[person]["comment"] = "; ".join([*sorted(unsure), *filter(None, [evidence[keys[0]]])])
        for key in keys if several else ():
            differ = {name: f"{value:g}" for name, value in kept[key].items() if kept[keys[0]].get(name) != value}
            draft.visits[key] = {
                "participant": person,
                "session": key[1],
                **differ,
                "comment": evidence[key] if differ else "",
            }
    lacking = [person for person in seen.people if not draft.people[person].get("mass_kg")]
    if lacking:
        why = "no mass_kg in participants.tsv, and without it no moments (what the plates weigh stands in the comment)"
        draft.doubts.append(f"{', '.join(lacking)}: {why}")


def _row(seen: Seen, file: str, main: tuple[str, str], draft: Draft, fault: str) -> TrialRow:
    owner, use = seen.owners[file], seen.uses[file]
    person, visit = owner.value.participant, owner.value.session
    row = TrialRow(
        person, visit, file, use.value.role, use.value.task, use.value.condition, use.value.side, left_out=fault
    )
    if not row.left_out and not use.value.task:
        row.left_out = f"the task is not known: {use.evidence}"
    if not use.sure:
        row.comment.append(f"UNSURE {use.value.unsure}: {use.evidence}")
        row.include = "no" if use.value.unsure == "task" else ""
    if not owner.sure:
        row.comment.append("UNSURE whose it is (see participants)")
    if (group := _group(seen, person)) != main:
        row.include = "no"
        row.comment.append(
            f"another laboratory or marker set ({group[0]} up, {group[1] or 'no known set'}) than the study ({main[0]} up, "
            f"{main[1] or 'no known set'}): give it a study of its own"
        )
    return row


def _files(study: Path, source: Path) -> list[str]:
    if not source.is_dir():
        what = "is a file, not a folder" if source.exists() else "does not exist"
        raise BiomechError(f"{source} {what}; give the folder that holds the C3D files, in subfolders if you like")
    files = c3d_files(source)
    own = study.resolve() / "results"
    files = [file for file in files if own not in (source / file).resolve().parents]
    if not files:
        other = Counter(path.suffix.lower() for path in source.rglob("*") if path.is_file() and path.suffix)
        there = (
            f"; it holds {', '.join(f'{n} {kind}' for kind, n in other.most_common(4))}" if other else "; it is empty"
        )
        raise BiomechError(
            f"{source} holds no C3D file, in no subfolder either{there}. Export the trials to C3D, or give another folder"
        )
    return files


def _known(study: Path, source: Path) -> tuple[set[str], set[tuple[str, str, str]]]:
    config = parse_config(read_config(study / "config" / "config.yaml"))
    data = (study / config.data.folder).resolve()
    if data != source.resolve():
        raise BiomechError(
            f"{study} is a study of {data} (config: data.folder), not of {source.resolve()}; give that folder to add its new files, "
            "or start another study"
        )
    files, names, faults = known_files(study)
    if faults:
        raise StudyError(faults)
    return files, names


def _data_folder(study: Path, source: Path) -> str:
    inside = source.resolve()
    if inside.is_relative_to(study.resolve()):
        return inside.relative_to(study.resolve()).as_posix()
    return inside.as_posix()
