# C3D files, two sheets and a config in; tidy angles, moments and metrics out.
#
#   snakemake                        the example (config/ and data_example/ of this folder)
#   snakemake --directory MYSTUDY    the study in MYSTUDY/config/
#   snakemake validation             comparisons with other systems (docs/validation.md)
#
# Options of the run itself (cores, what is printed) lie in profiles/default/config.yaml.
from snakemake.utils import min_version

min_version("9.6")


include: "workflow/rules/common.smk"


localrules:
    all,
    report,


rule all:
    input:
        lambda wildcards: targets.targets(STUDY),  # thousands, which no job of a cluster needs


include: "workflow/rules/session.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/validation.smk"


onstart:
    claim_study()


onsuccess:
    print_ending()


onerror:
    print(messages.failure(Path()))
