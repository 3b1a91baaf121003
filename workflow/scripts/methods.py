"""The methods section: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_methods(dict(snakemake.input.items()), dict(snakemake.output.items()), dict(snakemake.params.items()))
