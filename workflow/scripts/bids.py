"""The study as BIDS datasets: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_bids(dict(snakemake.input.items()), Path(snakemake.output.folder), dict(snakemake.params.items()))
