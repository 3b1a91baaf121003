# Figures, pages and files for other programs, of the base.


rule overview:
    input:
        metrics="results/metrics.parquet",
        contrasts="results/contrasts.parquet",
        figures=lambda wildcards: [
            f"results/figures/participants/{who}"
            for who in dict.fromkeys(one.participant for one in STUDY.sessions)
        ],
    output:
        folder=directory("results/figures/overview"),
        index="results/figures/index.tsv",
    log:
        "logs/overview.log",
    benchmark:
        "logs/overview.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("overview", STUDY),
    params:
        **study_params("overview"),
    message:
        "figures of the headline outcomes, and the list of all figures"
    script:
        "../scripts/run.py"


rule comparison:
    input:
        dataset="results/variants.nc",
        metrics="results/variants/metrics.parquet",
        studies=[f"results{home}/study.nc" for home in targets.homes(STUDY)],
        results=targets.statistics_results(STUDY, every_variant=True),
    output:
        **files(targets.COMPARISON),
    log:
        "logs/comparison.log",
    benchmark:
        "logs/comparison.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("comparison", STUDY),
    params:
        **study_params("comparison"),
    message:
        "what the variants change"
    script:
        "../scripts/run.py"


rule methods:
    input:
        dataset="results/study.nc",
        quality="results/quality.tsv",
        results=targets.statistics_results(STUDY),
    output:
        **targets.METHODS,
    log:
        "logs/methods.log",
    benchmark:
        "logs/methods.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("methods", STUDY),
    params:
        **study_params("methods"),
    message:
        "methods section"
    script:
        "../scripts/run.py"


rule statistics_report:
    input:
        results=targets.statistics_results(STUDY, "results"),
        values=targets.statistics_results(STUDY, "values"),
        clusters=targets.statistics_results(STUDY, "clusters"),
        curves=targets.statistics_results(STUDY, "curves"),
        points=targets.statistics_results(STUDY, "points"),
    output:
        folder=directory("results/statistics_report"),
    log:
        "logs/statistics_report.log",
    benchmark:
        "logs/statistics_report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("statistics_report", STUDY),
    params:
        **study_params("statistics_report"),
    message:
        "tables and figures of the statistics"
    script:
        "../scripts/run.py"


rule profile_figures:
    input:
        scores="results/profile_scores.parquet",
    output:
        folder=directory("results/profile_figures"),
    log:
        "logs/profile_figures.log",
    benchmark:
        "logs/profile_figures.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("profile_figures", STUDY),
    params:
        **study_params("profile_figures"),
    message:
        "figures of the movement analysis profiles"
    script:
        "../scripts/run.py"


rule report:
    input:
        unpack(lambda wildcards: targets.report_inputs(STUDY)),
    output:
        page="results/report.md",
    log:
        "logs/report.log",
    benchmark:
        "logs/report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("report", STUDY),
    params:
        **study_params("report"),
    message:
        "page of results"
    script:
        "../scripts/run.py"


rule study_report:
    input:
        unpack(lambda wildcards: targets.study_report_inputs(STUDY)),
    output:
        page="results/report.html",
    log:
        "logs/study_report.log",
    benchmark:
        "logs/study_report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("study_report", STUDY),
    params:
        **study_params("study_report"),
    message:
        "report of the study"
    script:
        "../scripts/run.py"


rule bids:
    input:
        unpack(lambda wildcards: targets.bids_inputs(STUDY)),
    output:
        folder=directory("results/bids"),
    log:
        "logs/bids.log",
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("bids", STUDY),
    params:
        **study_params("bids"),
    message:
        "recordings and joint angles as BIDS datasets"
    script:
        "../scripts/run.py"


rule zarr:
    input:
        dataset="results/study.nc",
    output:
        folder=directory("results/study.zarr"),
    log:
        "logs/zarr.log",
    conda:
        "../envs/biomech.yaml"
    resources:
        **resources.of_rule("zarr", STUDY),
    params:
        **study_params("zarr"),
    message:
        "the study's curves as a Zarr store"
    script:
        "../scripts/run.py"
