"""The study's figures: everything that happens lies in `biomech.stages`."""

from biomech import stages

with stages.logged(snakemake.log[0]):
    stages.run_figures(snakemake.input.dataset, snakemake.output.folder, snakemake.params.config)
