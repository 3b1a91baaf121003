"""The study's dataset and tables: everything that happens lies in `biomech.stages`."""

from pathlib import Path

from biomech import stages

with stages.logged(snakemake.log[0]):
    stages.run_study(dict(snakemake.input.items()), dict(snakemake.output.items()), folder=Path())
