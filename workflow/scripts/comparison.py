"""What the variants change: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

inputs = snakemake.input
with jobs.logged(snakemake.log[0]):
    jobs.run_comparison(
        {"dataset": inputs.dataset, "metrics": inputs.metrics},
        list(inputs.studies),
        list(inputs.get("results", [])),
        dict(snakemake.output.items()),
        snakemake.params.config,
    )
