"""The files of a new study folder: a commented config and two sheets to fill in."""

from __future__ import annotations

from pathlib import Path

from biomech.config import json_schema

CONFIG = """\
# yaml-language-server: $schema=schema.json
# Everything that is not written here keeps its default; all options with their meaning and range: schema.json.
# After a change run the same command again: only what depends on it is computed again.

data:
  folder: data              # where the C3D files lie, seen from the study folder
  on_error: skip            # a bad trial is reported in results/quality.tsv and left out; `stop` ends the run instead

markerset: cast_lower_limb  # `biomech labels FILE.c3d` says which one fits; your own: config/markersets/NAME.yaml

lab:                        # the lab's axes as the C3D files store them
  up: +z
  forward: +x

signals:
  gap_max_s: 0.1            # longer gaps stay missing
  cutoff_hz:                # low-pass filter of markers and forces, per task; null switches it off
    walking: 12
    running: 15

subject:
  hip_centre: markerset     # or harrington, hara, bell, davis, dumas, ...
"""

PARTICIPANTS = """\
# One line per participant. Anthropometry (left_leg_length_m, right_knee_width_m, ...) and columns of your own may follow.
# Without age_years no published norm is used: norms of adults do not fit children.
participant\tsex\tmass_kg\theight_m\tgroup\tdominant_side\tage_years
"""

TRIALS = """\
# One line per C3D file. role: static, functional or dynamic; side: left or right for single-leg tasks, else empty.
# An example:  P01  pre  static  P01/pre/static.c3d  static  static
participant\tsession\ttrial\tfile\trole\ttask\tcondition\tfootwear\tside\tinclude
"""


def new_study(folder: Path) -> list[Path]:
    """Write the files of a new study and return them.

    Raises
    ------
    FileExistsError
        If one of them is there already; nothing is overwritten.
    """
    config = folder / "config"
    texts = {
        config / "config.yaml": CONFIG,
        config / "participants.tsv": PARTICIPANTS,
        config / "trials.tsv": TRIALS,
        config / "schema.json": json_schema(),
    }
    present = [str(path) for path in texts if path.exists()]
    if present:
        raise FileExistsError(f"{', '.join(present)} exists already; choose another folder, nothing was written")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    return _written(texts)


def add_config(folder: Path) -> list[Path]:
    """Write the config of a study whose sheets exist, unless it has one, and return what was written."""
    texts = {folder / "config" / "config.yaml": CONFIG, folder / "config" / "schema.json": json_schema()}
    return _written({path: text for path, text in texts.items() if not path.exists()})


def _written(texts: dict[Path, str]) -> list[Path]:
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(texts)
