"""The table of outcomes: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_outcomes(dict(snakemake.input.items()), dict(snakemake.output.items()))
