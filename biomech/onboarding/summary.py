"""What `biomech new --from` prints: what was found and written, what is doubtful, and what to do next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from biomech.onboarding.asking import Nobody, Terminal
from biomech.onboarding.new import Started, start_study


def start_and_print(study: Path, source: Path, yes: bool) -> None:
    """Start a study or add to it, asking in the terminal unless `yes`, and print what was found and what to do."""
    console = Console()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading C3D files", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if done == total:
                bar.stop()

        asker = Nobody() if yes else Terminal(console)
        started = start_study(study, source, asker, progress)
    print("\n".join(summary(study, source, started, asker.answers)))


def summary(study: Path, source: Path, started: Started, answers: int) -> list[str]:
    """Return the lines to print."""
    draft = started.draft
    if started.added and not started.written:
        return [f"Nothing new: every C3D file in {source} is in the sheets of {study}."]
    rows = [row for row in draft.trials if not row.left_out and row.include != "no"]
    visits = {(row.participant, row.session) for row in rows}
    tasks = Counter(
        row.task if row.role == "dynamic" else row.condition if row.condition == "mvc" else row.role for row in rows
    )
    lines = [
        f"Files: {len(draft.trials)}. Participants: {len({p for p, _ in visits})}, sessions: {len(visits)}, trials used: {len(rows)}: "
        + ", ".join(f"{count} {task}" for task, count in tasks.most_common()),
    ]
    if not started.added:
        options = draft.options
        lines.append(
            f"Marker set: {options['markerset']}. Lab: {options['lab.up']} up, {options['lab.forward']} forward. Why: config.yaml"
        )
    lines += [f"wrote {path}" if not started.added else f"added rows to {path}" for path in started.written]
    if new := [path for path in started.written if path.name.endswith("_new.tsv")]:
        lines.append(
            f"copy the rows of {', '.join(path.name for path in new)} into your sheets: only tab-separated ones are added to"
        )
    if draft.doubts:
        lines += ["", "Look at this before you run:"]
        lines += [f"  - {doubt}" for doubt in draft.doubts]
    lines += ["", f"{answers} answers. Next:", f"  biomech check {study}", f"  biomech run {study}"]
    return lines
