# The same study under other options: beside each other in one dataset, and compared.


rule variants:
    input:
        studies=of_variants("study.nc"),
        metrics=of_variants("metrics.parquet"),
    output:
        dataset="results/variants.nc",
        metrics="results/variants/metrics.parquet",
    log:
        "logs/variants.log",
    benchmark:
        "logs/variants.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        source=SOURCE["study"],
    message:
        "one dataset of all variants"
    script:
        "../scripts/variants.py"


rule comparison:
    input:
        dataset="results/variants.nc",
        metrics="results/variants/metrics.parquet",
        studies=of_variants("study.nc"),
        results=statistics_results(folders=VARIANT_FOLDERS),
    output:
        page="results/variants/comparison.md",
        shifts="results/variants/comparison_metrics.csv",
        changes="results/variants/comparison_changes.csv",
        conclusions="results/variants/comparison_conclusions.csv",
        figures=directory("results/variants/comparison_figures"),
    log:
        "logs/comparison.log",
    benchmark:
        "logs/comparison.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=FORMATS,
        source=SOURCE["report"],
    message:
        "what the variants change"
    script:
        "../scripts/comparison.py"
