# Reference values of test_packages.py: R 4.2.2, psych 2.2.9, effectsize 0.8.3, emmeans 1.8.4, lmerTest 3.1-3
library(psych)
library(effectsize)
table <- matrix(c(9,2,5,8, 6,1,3,2, 8,4,6,8, 7,1,2,6, 10,5,6,9, 6,2,4,7), ncol = 4, byrow = TRUE)
found <- ICC(table, lmer = FALSE)$results
print(found[, c("type", "ICC", "lower bound", "upper bound")], digits = 8)
a <- c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)
b <- c(1.15, 0.88, 0.90, 0.74, 1.21)
print(as.data.frame(hedges_g(a, b, pooled_sd = TRUE)), digits = 8)
library(lmerTest)
library(emmeans)
d <- read.csv("sleepstudy.csv")
d <- d[d$Days %in% c(0, 4, 9), ]
d$Days <- factor(d$Days)
m <- lmer(Reaction ~ Days + (1 | Subject), d)
e <- emmeans(m, "Days", lmer.df = "satterthwaite")
print(as.data.frame(e), digits = 8)
print(as.data.frame(confint(contrast(e, "trt.vs.ctrl", adjust = "none"))), digits = 8)
