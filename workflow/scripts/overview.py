"""The overview of a study's headline outcomes: everything that happens lies in `biomech.jobs`."""

from biomech import jobs

with jobs.logged(snakemake.log[0]):
    jobs.run_overview(
        {
            "metrics": snakemake.input.metrics,
            "contrasts": snakemake.input.contrasts,
            "figures": list(snakemake.input.figures),
        },
        dict(snakemake.output.items()),
        snakemake.params.config,
    )
