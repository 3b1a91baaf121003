"""Tables and figures of the statistics: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_statistics_report(dict(snakemake.input.items()), snakemake.output.folder, snakemake.params.config)
