"""Figures of the movement analysis profiles: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_profile_figures(Path(snakemake.input.scores), Path(snakemake.output.folder), snakemake.params.config)
