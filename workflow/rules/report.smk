# Tables and figures of the statistics, and the page that leads through all results.


rule statistics_report:
    input:
        results=statistics_results(),
        values=statistics_results("values.csv"),
        clusters=statistics_results("clusters.csv"),
        curves=statistics_results("curves.nc"),
        points=statistics_results("curve_reliability.csv"),
    output:
        folder=directory("results/statistics_report"),
    log:
        "logs/statistics_report.log",
    benchmark:
        "logs/statistics_report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        config=FORMATS,
        source=SOURCE["report"],
    message:
        "tables and figures of the statistics"
    script:
        "../scripts/statistics_report.py"


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
    params:
        config={name: REPORT[name] for name in ("formats", "side_colours")},
        source=SOURCE["report"],
    message:
        "figures of the movement analysis profiles"
    script:
        "../scripts/profile_figures.py"


rule report:
    input:
        dataset="results/study.nc",
        metrics="results/metrics.parquet",
        quality="results/quality.tsv",
        methods="results/methods.md",
        figures=(["results/figures/index.tsv"] if STUDY.config.report.figures else []),
        findings=findings_pages(),
        results=statistics_results(),
        statistics=["results/statistics_report"] if statistics_results() else [],
        profiles=["results/profile_scores.parquet"] if PROFILES else [],
        profile_figures=(
            ["results/profile_figures"]
            if PROFILES and STUDY.config.report.figures
            else []
        ),
        comparison=["results/variants/comparison.md"] if VARIANTS else [],
    output:
        page="results/report.md",
    log:
        "logs/report.log",
    benchmark:
        "logs/report.benchmark.tsv"
    conda:
        "../envs/biomech.yaml"
    params:
        source=SOURCE["report"],
    message:
        "page of results"
    script:
        "../scripts/report.py"
