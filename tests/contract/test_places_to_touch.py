"""How many files something new takes, tried on a copy of the package: the counts of `docs/contributing.md`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import biomech

ROOT = Path(__file__).parents[2]
PACKAGE = Path(biomech.__file__).parent
PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class New:
    """Something new: what is written into which files, and what must know it then.

    Attributes
    ----------
    row : str
        First cell of its row in the page.
    edits : dict of str to (str, str)
        File below the package to a text that it holds and the text to put before it; where the first text is empty, a file is
        added: a copy of the file that the second text names, or the second text itself where it has lines.
    reads : str
        Statements that fail where something that should read it does not.
    """

    row: str
    edits: dict[str, tuple[str, str]]
    reads: str


ANGLE = New(
    "joint angle (Cardan)",
    {
        "joints.py": (
            '    Joint("forefoot_shank", ',
            """    Joint("lumbar", "pelvis", "trunk", "ZXY", (
        Component("lumbar_flexion", "Z", -1, FLEXION, "trunk bends forward on the pelvis", "top moves forward"),
        Component("lumbar_ipsilateral_bend", "X", 1, Ends("this side", "other side"), "trunk bends to this side", "top moves outward"),
        Component("lumbar_contralateral_rotation", "Y", 1, Ends("other side", "this side"), "front turns away", "front moves inward"),
    )),
""",
        )
    },
    """
import biomech
from pathlib import Path

from biomech.conventions.document import with_tables
from biomech.outcomes.families import curve_of
from biomech.quantities import quantity
from biomech.study.dictionary import _quantities

assert quantity("angle", "lumbar_flexion").ends.positive == "flexion"
assert curve_of("angle", "lumbar_flexion").unit == "degree"
assert {"lumbar_flexion", "lumbar_flexion__static"} <= {row["name"] for row in _quantities()}
assert "`lumbar_flexion`" in with_tables(Path(data, "../../../docs/conventions.md").read_text(encoding="utf-8"))
subject = biomech.calibrate(f"{data}/static.c3d", mass_kg=65.5, height_m=1.70, sex="female")
walk = subject.process(f"{data}/walk1.c3d", task="walking")
strides = biomech.cycles(subject, walk)
assert strides.angle.sel(quantity="lumbar_flexion").notnull().any()
assert biomech.plot(strides, "lumbar_flexion").lines
""",
)
METRIC = New(
    "metric of a curve",
    {
        "outcomes/table.py": (
            '    ([FLEXION], "peak range", WHOLE, None),\n',
            '    ([FLEXION], "mean", ("descent",), None),\n',
        )
    },
    """
from biomech.config import parse_config
from biomech.outcomes import METRICS
from biomech.outcomes.document import metrics_table
from biomech.outcomes.selection import unknown

name = "knee_flexion__mean__descent"
assert "single_leg_squat" in METRICS[name].tasks and METRICS[name].unit == "degree"
assert name in set(metrics_table()["metric"]) and not unknown([name])
""",
)
TASK = New(
    "task",
    {
        "tasks.py": (
            '    "repetition": Task(\n',
            '    "lunge": Task("lunge", 7.0, "squat", bilateral=False, phases=_SQUAT_PHASES, rules=_SQUAT),\n',
        )
    },
    """
import pathlib, tempfile
from biomech.config import parse_config
from biomech.events.document import tasks_markdown
from biomech.io.sheets import read_sheets
from biomech.outcomes import METRICS
from biomech.outcomes.selection import default_of

assert parse_config({}).signals.cutoff_hz["lunge"] == 7.0 and "| `lunge` |" in tasks_markdown()
assert "lunge" in METRICS["knee_flexion__peak__cycle"].tasks and "knee_flexion__peak__cycle" in default_of("lunge")
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "participants.tsv").write_text("participant\\nP01\\n")
rows = "static\\ts.c3d\\tstatic\\t", "one\\to.c3d\\tdynamic\\tlunge"
(folder / "trials.tsv").write_text("\\n".join(["participant\\ttrial\\tfile\\trole\\ttask", *(f"P01\\t{row}" for row in rows)]) + "\\n")
sessions, faults = read_sheets(folder)
assert not faults and sessions[0].trials[1].task == "lunge"
""",
)
MARKERSET = New(
    "marker set",
    {"model/markersets/new_lab.yaml": ("", "plug_in_gait.yaml")},
    """
from biomech.model.recognition import recognise
from biomech.model.markersets import load_markerset, shipped

assert "new_lab" in shipped()
found = load_markerset("new_lab")
labels = [found.label_of(side, name) for side in ("left", "right") for name in found.markers]
assert "new_lab" in {fit.name for fit in recognise(labels) if not fit.missing}
""",
)
OPTION = New(
    "option",
    {
        "config/model.py": (
            "    outlier_longest_s: float = Field(\n",
            '    new_limit_m: float = Field(0.1, gt=0, le=1, description="A new limit. Chosen.")\n',
        )
    },
    """
import json
from biomech.config import config_faults, json_schema, parse_config
from biomech.io.sheets import Session, Study
from biomech.pipeline.narrowing import stage_params
import pathlib

assert "new_limit_m" in json_schema() and parse_config({}).kinematics.new_limit_m == 0.1
assert "less than or equal to 1" in " ".join(config_faults({"kinematics": {"new_limit_m": 2}}))
one = Session(participant="P01", session="pre")
study = Study(pathlib.Path("."), parse_config({"kinematics": {"new_limit_m": 0.2}}), (one,), pathlib.Path("."))
assert stage_params(study, one, "kinematics")["config"]["kinematics"]["new_limit_m"] == 0.2
assert "kinematics" not in stage_params(study, one, "cycles")["config"]
""",
)
STAGE = New(
    "stage",
    {
        "pipeline/stages.py": (
            '    Stage(\n        "metrics",\n',
            """    Stage(
        "loading",
        "biomech.kinetics.loading:loading_trials",
        "rate of loading",
        reads=("kinetics",),
        sections=("contacts",),
    ),
""",
        ),
        "kinetics/loading.py": (
            "",
            """from biomech.io.trial_files import only


def loading_trials(kinetics, session, config, quality, on_error):
    for name in kinetics:
        force = only(kinetics, ["ground_reaction"], [name])[name]["ground_reaction"]
        quality.add("info", "loading_done", f"threshold {config.contacts.threshold_n:g} N", trial=name)
        yield name, force.differentiate("time").to_dataset(name="loading")
""",
        ),
        "schema.py": ('    "metrics": "metrics/{key}.nc",\n', '    "loading": "loading/{key}",\n'),
    },
    """
import subprocess, sys, tempfile
from pathlib import Path
from biomech.config import parse_config
from biomech.io.sheets import Session, Study, Trial
from biomech.io.trial_files import TrialFolder
from biomech.pipeline.narrowing import stage_params
from biomech.pipeline.run import run_stage
from biomech.pipeline.stages import STAGES

assert "loading/base" in STAGES["loading"].path.format(key="base")
static, walk = (Trial(trial=n, file=f"{n}.c3d", role=r, task=t) for n, r, t in (("static", "static", "static"), ("walk1", "dynamic", "walking")))
one = Session(participant="P01", session="pre", sex="female", mass_kg=65.5, height_m=1.7, trials=(static, walk))
out = Path(tempfile.mkdtemp())
study = Study(out, parse_config({"data": {"folder": data}}), (one,), Path(data))
for stage in ("ingest", "model", "kinematics", "kinetics", "loading"):
    files = {"data": out / stage, "quality": out / f"{stage}.tsv"}
    run_stage(stage, {name: out / name for name in STAGES[stage].reads}, files, stage_params(study, one, stage), out)
assert abs(TrialFolder(out / "loading")["walk1"]["loading"]).max() > 1000
assert "threshold" in (out / "loading.tsv").read_text()
rules = subprocess.run([sys.executable, "-m", "snakemake", "--list-rules"], cwd=program, text=True, capture_output=True)
assert "loading" in rules.stdout.split(), rules.stderr
""",
)
EVERY = (ANGLE, METRIC, TASK, MARKERSET, OPTION, STAGE)


def with_edits(news: tuple[New, ...], folder: Path) -> None:
    """Copy the package and write something new into the copy."""
    copy = folder / "biomech"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder)
    for name in ("workflow", "profiles", "config"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "data_example").symlink_to(ROOT / "data_example")
    for new in news:
        for name, (before, text) in new.edits.items():
            file = copy / name
            if not before:
                added = text if "\n" in text else (file.parent / text).read_text(encoding="utf-8")
                file.write_text(added.replace("plug_in_gait", file.stem), encoding="utf-8")
                continue
            old = file.read_text(encoding="utf-8")
            assert old.count(before) == 1, f"{name} holds {before!r} {old.count(before)} times"
            file.write_text(old.replace(before, text + before), encoding="utf-8")


def known(new: New, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what reads something new, with the package that lies in a folder."""
    text = f"import biomech\nassert biomech.__file__.startswith({str(folder)!r})\ndata = {str(ROOT / 'data_example/P01/pre')!r}\nprogram = {str(folder)!r}\n{new.reads}"
    environ = os.environ | {"PYTHONPATH": str(folder), "MPLBACKEND": "Agg"}
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environ, cwd=folder)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    with_edits(EVERY, folder)
    return folder


@pytest.mark.parametrize("new", EVERY, ids=lambda new: new.row)
def test_what_reads_it_knows_it(new: New, copy: Path) -> None:
    ended = known(new, copy)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("new", EVERY, ids=lambda new: new.row)
def test_the_page_counts_the_files(new: New) -> None:
    (count,) = re.findall(rf"^\| {re.escape(new.row)} \| (\d+) \|", PAGE, re.MULTILINE)
    assert int(count) == len(new.edits)


def test_without_it_the_same_statements_fail(tmp_path: Path) -> None:
    """They see what they look for: nothing of it is there before."""
    with_edits((), tmp_path)
    for new in (METRIC, TASK, MARKERSET, OPTION, STAGE):
        assert known(new, tmp_path).returncode == 1
