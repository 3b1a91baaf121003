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
