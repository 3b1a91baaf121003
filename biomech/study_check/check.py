"""The command `biomech check`: config and sheets, then every recording, then a line for each trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from biomech.errors import BiomechError, StudyError
from biomech.io.sheets import Session, Study, Trial
from biomech.pipeline.preflight import load_study
from biomech.study_check.causes import Cause, Checked, Fix, causes_of
from biomech.study_check.cures import apply_fixes, fixes_of
from biomech.study_check.files import other_case, same_files
from biomech.study_check.markersets import markerset_faults
from biomech.study_check.recordings import check_recordings
from biomech.study_check.summary import cause_lines, state_lines, trial_states

#: Where the pictures of the static trials go, below the study folder.
PICTURES = Path("results", "check")

Say = Callable[[str], None]


def check_study(
    folder: Path,
    *,
    strict: bool = False,
    fix: bool = False,
    agreed: Callable[[str], bool] = lambda words: False,
    say: Say = print,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> int:
    """Check a study before a run, and print what was found.

    Parameters
    ----------
    folder : Path
        The study folder.
    strict : bool
        Anything doubtful or absent makes the exit code 1, too.
    fix : bool
        Apply the cures that are certain.
    agreed : callable
        Receives what a cure would change, and returns whether to do it.
    say : callable
        Prints a line.
    progress : callable
        Receives the number of sessions checked, and of all.

    Returns
    -------
    int
        0 where every trial can be computed or is left out knowingly, 1 where an error was found (or a doubt, if `strict`).

    Raises
    ------
    StudyError
        Faults of config, sheets or marker sets: nothing else is checked then.
    """
    faults, notes = markerset_faults(folder)
    try:
        study = load_study(folder)
    except StudyError as error:
        raise StudyError(list(dict.fromkeys([*error.faults, *faults]))) from None
    if faults:
        raise StudyError(faults)
    trials = [trial for session in study.sessions for trial in session.trials]
    people = {session.participant for session in study.sessions}
    say(
        f"Config and sheets: no fault. Participants: {len(people)}, sessions: {len(study.sessions)}, trials: {len(trials)}."
    )
    for note in study.notes:
        say(f"  understood: {note}")
    checked = list(check_recordings(study, lambda done: progress(done, len(study.sessions))))
    causes = causes_of([*checked, *_of_sheets(study)])
    for line in cause_lines(causes):
        say(line)
    doubts = [*same_files(study), *notes]
    for line in doubts:
        say(f"  {line}")
    if not causes and not doubts:
        say("No fault in any recording.")
    for line in state_lines(trial_states(study, checked, causes)):
        say(line)
    _draw(study, checked, say)
    _cure(folder, fixes_of(causes), fix, agreed, say)
    wrong = any(cause.level == "error" for cause in causes)
    return int(wrong or (strict and bool(causes or doubts)))


def _of_sheets(study: Study) -> list[Checked]:
    """Return what sheets and folder alone show: absent files, sessions without a static trial or a mass."""
    out = []
    for session in study.sessions:
        one = Checked(session.participant, session.session)
        absent = [trial for trial in session.trials if not (study.data_folder / trial.file).is_file()]
        one.causes += [_absent(study, session, trial) for trial in absent]
        whole = ((session.participant, session.session, ""),)
        if not any(trial.role == "static" for trial in session.trials):
            one.causes.append(
                Cause(
                    "error", "missing_static", "files", "expected a static trial in each session, found none: no angles",
                    "add the session's static trial to trials.tsv (role static)", whole,
                )
            )  # fmt: skip
        if session.mass_kg is None and len(absent) == len(session.trials):  # of others the stages report it
            one.causes.append(
                Cause(
                    "warning", "no_mass", "files", "no mass_kg in the sheets: no moments unless the C3D file stores one",
                    "write mass_kg into sessions.tsv or participants.tsv", whole,
                )
            )  # fmt: skip
        out.append(one)
    return out


def _absent(study: Study, session: Session, trial: Trial) -> Cause:
    path = study.data_folder / trial.file
    near = other_case(path)
    hint = f"; there is {near}, which differs in upper and lower case" if near else ""
    cell = ("trials.tsv", "file", trial.file, str(Path(trial.file).with_name(near).as_posix())) if near else None
    return Cause(
        "warning",
        "file_missing",
        "files",
        f"absent, will be skipped: {path} ({trial.trial}){hint}",
        f"correct column file of trial {trial.trial} in trials.tsv"
        if cell
        else "correct column file in trials.tsv, `data.folder` or BIOMECH_DATA, or put the files there",
        ((session.participant, session.session, trial.trial),),
        Fix(cell=cell) if cell else None,
    )


def _draw(study: Study, checked: Sequence[Checked], say: Say) -> None:
    """Write the contact sheets of the static trials."""
    from biomech.report.static_sheet import PER_SHEET, write_static_sheet
    from biomech.report.stick_figure import scene

    scenes = []
    for session, one in zip(study.sessions, checked, strict=True):
        for trial in session.trials:
            path = study.data_folder / trial.file
            unread = {row["trial"] for row in one.rows if row["level"] == "error" and row["stage"] == "ingest"}
            if trial.role != "static" or not path.is_file() or trial.trial in unread:
                continue
            try:
                drawn = scene(path, study.config.lab, study.folder)
            except BiomechError:
                continue  # without markers: named above
            scenes.append(
                (drawn, f"{session.participant}, {session.session}, {trial.trial}\n{_angles(one, trial.trial)}")
            )
    folder = study.folder / PICTURES
    for number, start in enumerate(range(0, len(scenes), PER_SHEET), 1):
        path = folder / f"statics-{number}.png"
        try:
            write_static_sheet(scenes[start : start + PER_SHEET], path)
        except OSError as error:
            say(f"The static trials could not be drawn: {error}")
            return
        say(f"Static trials as stick figures, to look at: {path}")


def _angles(one: Checked, trial: str) -> str:
    """Return the standing angles in words, left and right, degrees."""
    sides = one.standing.get(trial)
    if not sides:
        return "no angles"
    names = next(iter(sides.values()))
    shown = {
        name: " / ".join(f"{sides[side][name]:.0f}" for side in ("left", "right") if side in sides) for name in names
    }
    return "\n".join(f"{name.replace('_', ' ')} {values}° (left / right)" for name, values in shown.items())


def _cure(folder: Path, fixes: Sequence[Fix], fix: bool, agreed: Callable[[str], bool], say: Say) -> None:
    if not fixes:
        if fix:
            say("Nothing to fix for certain: the cures above need you.")
        return
    if not fix:
        say(f"`biomech check --fix` writes what is certain: {'; '.join(one.words for one in fixes)}")
        return
    for line in apply_fixes(folder, fixes, agreed):
        say(line)
    say("Run `biomech check` again.")
