# The analyses that the config names, of the base and of every variant.


rule statistics:
    input:
        metrics="results/metrics.parquet",
        dataset="results/study.nc",
        reference=reference_curves(),
    output:
        **statistics_outputs("results"),
    log:
        "logs/statistics.log",
    benchmark:
        "logs/statistics.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=stages.statistics_params(STUDY)["config"],
        source=stages.statistics_params(STUDY)["source"],
    message:
        "statistics"
    script:
        "../scripts/statistics.py"


use rule statistics as statistics_of_variant with:
    input:
        metrics="results/variants/{variant}/metrics.parquet",
        dataset="results/variants/{variant}/study.nc",
        reference=reference_curves(),
    output:
        **statistics_outputs("results/variants/{variant}"),
    log:
        "logs/variants/{variant}/statistics.log",
    benchmark:
        "logs/variants/{variant}/statistics.benchmark.tsv"
    params:
        config=lambda wildcards: stages.statistics_params(STUDY, wildcards.variant)[
            "config"
        ],
        source=lambda wildcards: stages.statistics_params(STUDY, wildcards.variant)[
            "source"
        ],
    message:
        "variant {wildcards.variant}: statistics"


rule profile_scores:
    input:
        dataset="results/study.nc",
        reference=reference_curves(),
    output:
        csv="results/profile_scores.csv",
        parquet="results/profile_scores.parquet",
    log:
        "logs/profile_scores.log",
    benchmark:
        "logs/profile_scores.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        **stages.statistics_params(STUDY, section="profile_scores"),
    message:
        "Gait Profile Score and Gait Deviation Index per session"
    script:
        "../scripts/profile_scores.py"


use rule profile_scores as profile_scores_of_variant with:
    input:
        dataset="results/variants/{variant}/study.nc",
        reference=reference_curves(),
    output:
        csv="results/variants/{variant}/profile_scores.csv",
        parquet="results/variants/{variant}/profile_scores.parquet",
    log:
        "logs/variants/{variant}/profile_scores.log",
    benchmark:
        "logs/variants/{variant}/profile_scores.benchmark.tsv"
    params:
        config=lambda wildcards: stages.statistics_params(
            STUDY, wildcards.variant, "profile_scores"
        )["config"],
        source=lambda wildcards: stages.statistics_params(
            STUDY, wildcards.variant, "profile_scores"
        )["source"],
    message:
        "variant {wildcards.variant}: Gait Profile Score and Gait Deviation Index per session"
