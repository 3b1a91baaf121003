"""The page of results: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_report(dict(snakemake.input.items()) | {"findings": list(snakemake.input.findings)}, snakemake.output.page)
