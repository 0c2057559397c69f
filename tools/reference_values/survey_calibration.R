# Writes what R's survey package answers with calibrated weights on synthetic_survey.csv and on its own api data, as
# tests/reference/analyst_calibration.toml. Needs Debian's r-cran-survey; never run at test time.
# Usage: Rscript tools/reference_values/survey_calibration.R tests/reference
suppressPackageStartupMessages(library(survey))
data(api)
folder <- commandArgs(trailingOnly = TRUE)[1]
sample_ <- read.csv(file.path(folder, "synthetic_survey.csv"))
out <- file(file.path(folder, "analyst_calibration.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
number <- function(x) format(as.numeric(x), digits = 15, scientific = FALSE)
say('source = "R survey on synthetic_survey.csv and its api data, by tools/reference_values/survey_calibration.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
say("tolerance = 1e-10")

ask <- function(name, words, calibration, design, statistic, variable, by = NULL, tolerance = NULL, file = NULL, below = NULL) {
  say("\n[[answer]]\nname = \"", name, ", ", statistic, " of ", variable, if (is.null(by)) "" else paste(" by", by), "\"")
  if (!is.null(file)) say("file = \"", file, "\"")
  if (!is.null(tolerance)) say("tolerance = ", tolerance)
  say("design = { ", words, " }\ncalibration = ", calibration, "\nstatistic = \"", statistic, "\"\nvariables = [\"", variable, "\"]")
  if (!is.null(below)) say("denominator = \"", below, "\"")
  if (!is.null(by)) say("by = [\"", by, "\"]")
  values <- if (is.null(by)) "" else sort(unique(design$variables[[by]]))
  for (value in values) {
    keep <- !is.na(design$variables[[variable]])
    if (!is.null(by)) keep <- keep & design$variables[[by]] == value
    d <- design[keep, ] # a calibrated design keeps these rows, with a weight of zero, and cannot bear a missing value in them
    d$variables[[variable]][is.na(d$variables[[variable]])] <- 0
    f <- as.formula(paste0("~", variable))
    m <- switch(statistic,
      mean = svymean(f, d),
      total = svytotal(f, d),
      ratio = svyratio(f, as.formula(paste0("~", below)), d)
    )
    say("[[answer.expected]]\ndomain = \"", if (is.null(by)) "" else paste0(by, "=", value), "\"\nvalue = ", number(coef(m)), "\nse = ", number(SE(m)))
  }
}
words <- 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"'
design <- svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = sample_, nest = TRUE)
areas <- c(islands = 300, north = 1700, south = 900)
strata <- c(s1 = 300, s2 = 450, s3 = 400, s4 = 700, s5 = 450, s6 = 600)
table_of <- function(totals, name) {
  frame <- data.frame(names(totals), as.numeric(totals))
  names(frame) <- c(name, "Freq")
  frame
}
toml <- function(totals) paste0("{ ", paste0(names(totals), " = ", totals, collapse = ", "), " }")
margin <- function(columns, totals) paste0('{ columns = ["', columns, '"], totals = ', toml(totals), " }")
one <- paste0("{ margin = [", margin("area", areas), "] }")
two <- paste0('{ distance = "raking", margin = [', margin("area", areas), ", ", margin("stratum", strata), "] }")
greg <- paste0("{ sums = { z = 105000.0 }, margin = [", margin("area", areas), "] }")
bounded <- paste0("{ bounds = [0.65, 1.6], sums = { z = 105000.0 }, margin = [", margin("area", areas), "] }")
totals <- c("(Intercept)" = 2900, areanorth = 1700, areasouth = 900, z = 105000)
stratified <- postStratify(design, ~area, table_of(areas, "area"))
raked <- calibrate(design, ~ area + stratum, c("(Intercept)" = 2900, areanorth = 1700, areasouth = 900, setNames(strata[-1], paste0("stratum", names(strata)[-1]))),
  calfun = "raking", epsilon = 1e-13, maxit = 200)
regressed <- calibrate(design, ~ area + z, totals)
within <- calibrate(design, ~ area + z, totals, bounds = c(.65, 1.6), epsilon = 1e-13, maxit = 500)
for (each in list(list("post-stratified", one, stratified), list("raked", two, raked), list("regression", greg, regressed), list("regression with bounds", bounded, within))) {
  ask(each[[1]], words, each[[2]], each[[3]], "mean", "y")
  ask(each[[1]], words, each[[2]], each[[3]], "total", "y")
  ask(each[[1]], words, each[[2]], each[[3]], "mean", "y", by = "area")
  ask(each[[1]], words, each[[2]], each[[3]], "total", "y", by = "stratum")
  ask(each[[1]], words, each[[2]], each[[3]], "ratio", "y", by = "area", below = "z")
}

# The api data: what R answers where its raking goes on to 1e-12 instead of stopping one school short.
words <- 'weight = "pw", clusters = "dnum", fpc = "fpc"'
clus <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
types <- c(E = 4421, H = 755, M = 1018)
wide <- c(No = 1072, Yes = 5122)
margins <- paste0('{ distance = "raking", margin = [', margin("stype", types), ", ", margin("sch.wide", wide), "] }")
raked <- rake(clus, list(~stype, ~sch.wide), list(table_of(types, "stype"), table_of(wide, "sch.wide")), control = list(maxit = 500, epsilon = 1e-10, verbose = FALSE))
ask("schools raked", words, margins, raked, "mean", "api00", file = "survey_r/apiclus1.csv", tolerance = "1e-7")
ask("schools raked", words, margins, raked, "total", "enroll", file = "survey_r/apiclus1.csv", tolerance = "1e-7")
close(out)
