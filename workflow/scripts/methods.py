"""The methods section: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

inputs = snakemake.input
with jobs.logged(snakemake.log[0]):
    jobs.run_methods(
        {"dataset": inputs.dataset, "quality": inputs.quality},
        inputs.get("results"),
        dict(snakemake.output.items()),
        dict(snakemake.params.items()),
    )
