# Comparisons with other systems, on recordings that lie outside the project; `snakemake validation`.


rule validation:
    log:
        "logs/validation.log",
    conda:
        "../envs/biomech.yaml"
    params:
        project=workflow.basedir,
        python=sys.executable,
    message:
        "comparisons with other systems: docs/validation.md and validation/results/summary.csv"
    shell:
        'here="$PWD"; cd {params.project:q} && {params.python:q} -m validation.run 2>&1 | tee "$here"/{log:q}'
