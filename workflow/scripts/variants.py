"""All variants in one dataset: everything that happens lies in `biomech.jobs`."""

from pathlib import Path

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_variants(
        list(snakemake.input.studies), list(snakemake.input.metrics), dict(snakemake.output.items()), folder=Path()
    )
