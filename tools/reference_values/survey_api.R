# Writes what R's survey package answers for its own api data, to compare with tests/reference/api_*.toml.
# Needs Debian's r-cran-survey; never run at test time. Usage: Rscript tools/reference_values/survey_api.R > answers.tsv
suppressPackageStartupMessages(library(survey))
data(api)

clus <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
clus_without_fpc <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1)
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)

line <- function(group, name, cell, field, value) {
  cat(group, name, cell, field, format(as.numeric(value), digits = 15), sep = "\t")
  cat("\n")
}
point <- function(group, name, answer) {
  line(group, name, "", "value", coef(answer)[1])
  line(group, name, "", "se", sqrt(diag(as.matrix(vcov(answer))))[1])
  if (!is.null(attr(answer, "deff"))) line(group, name, "", "design_effect", deff(answer)[1])
}
by_type <- function(group, name, answer) {
  errors <- SE(answer)
  for (row in seq_len(nrow(answer))) {
    cell <- paste0("stype=", answer$stype[row])
    line(group, name, cell, "value", coef(answer)[row])
    line(group, name, cell, "se", errors[row])
  }
}

cat("# R", as.character(getRversion()), "survey", as.character(packageVersion("survey")), "\n")
point("api_mean", "clusters", svymean(~api00, clus, deff = TRUE))
point("api_mean", "strata", svymean(~api00, strat, deff = TRUE))
point("api_mean", "clusters without fpc", svymean(~api00, clus_without_fpc))
by_type("api_mean", "clusters by school type", svyby(~api00, ~stype, clus, svymean))
point("api_total", "clusters", svytotal(~enroll, clus, deff = TRUE))
point("api_total", "strata", svytotal(~enroll, strat))
by_type("api_total", "strata by school type", svyby(~enroll, ~stype, strat, svytotal))
clus <- update(clus, one = 1)
by_type("api_total", "number of schools by type", svyby(~one, ~stype, clus, svytotal))
point("api_ratio", "clusters", svyratio(~api.stu, ~enroll, clus))
point("api_ratio", "strata", svyratio(~api.stu, ~enroll, strat))

for (method in c("logit", "beta", "wilson")) {
  answer <- try(svyciprop(~I(ell == 0), clus, method = method), silent = TRUE)
  if (inherits(answer, "try-error")) next # wilson came with survey 4.2
  name <- paste("no English learners,", method)
  line("api_proportion", name, "", "value", coef(answer))
  line("api_proportion", name, "", "low", confint(answer)[1])
  line("api_proportion", name, "", "high", confint(answer)[2])
}

lonely <- svydesign(id = ~1, strata = ~dnum, weights = ~pw, data = apiclus1)
for (policy in c(certainty = "certainty", centred = "adjust", average = "average")) {
  options(survey.lonely.psu = policy)
  point("api_lonely", policy, svymean(~api00, lonely))
}
options(survey.lonely.psu = "fail")
point("contrast", "api00 - api99", svycontrast(svymean(~ api00 + api99, clus), c(1, -1)))
