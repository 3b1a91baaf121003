"""The study's participants and sessions for other programs: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_bids(snakemake.params.sessions, Path(snakemake.output.folder))
