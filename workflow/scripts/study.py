"""The study's dataset and tables: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_study(dict(snakemake.input.items()), dict(snakemake.output.items()), folder=Path())
