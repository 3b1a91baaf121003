"""Scores of whole gait patterns per session: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_profile_scores(
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
        snakemake.params.config,
        folder=Path(),
    )
