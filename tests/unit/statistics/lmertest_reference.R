# Rscript lmertest_reference.R folder out.csv: fits of all studies in a folder, see lmertest_designs.py
suppressMessages(library(lmerTest))
arguments <- commandArgs(trailingOnly = TRUE)
out <- NULL
for (file in sort(list.files(arguments[1], full.names = TRUE))) {
  d <- read.csv(file, stringsAsFactors = TRUE, na.strings = character(0))
  name <- strsplit(sub("[.]csv$", "", basename(file)), "-")[[1]]
  for (f in c("group", "session", "side", "condition")) if (nlevels(d[[f]]) > 1) contrasts(d[[f]]) <- contr.sum
  random <- paste0("(1|", strsplit(as.character(d$random[1]), "[+]")[[1]], ")", collapse = "+")
  formula <- as.formula(paste("value ~", d$fixed[1], "+", random))
  # several optimisers: the fit with the smallest criterion counts
  fits <- lapply(c("bobyqa", "nloptwrap"), function(o)
    suppressWarnings(suppressMessages(lmer(formula, d, control = lmerControl(optimizer = o, calc.derivs = FALSE,
      optCtrl = if (o == "nloptwrap") list(xtol_abs = 1e-12, ftol_abs = 1e-14, maxeval = 1e5) else
        list(rhoend = 1e-10, maxfun = 1e5))))))
  m <- fits[[which.min(sapply(fits, REMLcrit))]]
  a <- suppressWarnings(suppressMessages(anova(m)))
  b <- fixef(m)
  for (term in rownames(a)) {
    one <- a[term, "NumDF"] == 1
    row <- attr(model.matrix(m), "assign") == which(attr(terms(m), "term.labels") == term)
    out <- rbind(out, data.frame(design = name[1], study = as.integer(name[2]), term = term,
      f = signif(a[term, "F value"], 7), df1 = a[term, "NumDF"], df2 = signif(a[term, "DenDF"], 6),
      p = signif(a[term, "Pr(>F)"], 6), estimate = if (one) signif(b[row], 7) else NA,
      deviance = round(REMLcrit(m), 5), singular = as.integer(isSingular(m, tol = 1e-4))))
  }
}
write.csv(out, arguments[2], row.names = FALSE, quote = FALSE)
