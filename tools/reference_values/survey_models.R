# Writes what R's survey package answers of association and regression under later stages and replicate weights, and of interactions, on the three
# synthetic samples, as tests/reference/association_further.toml and regression_further.toml. Needs Debian's r-cran-survey; never run at test time.
# Usage: Rscript tools/reference_values/survey_models.R tests/reference
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)[1]
read_ <- function(name) read.csv(file.path(folder, name), na.strings = c("", "NA"))
whole <- read_("synthetic_survey.csv")
staged <- read_("synthetic_stages.csv")
given_ <- read_("synthetic_replicates.csv")
number <- function(x) format(as.numeric(x), digits = 15, scientific = abs(x) > 0 && abs(x) < 1e-4)
words <- function(x) paste0('["', paste(x, collapse = '", "'), '"]')
say <- function(...) cat(..., "\n", sep = "", file = out)
fields <- function(found) for (name in names(found)) say(name, " = ", number(found[[name]]))
open_page <- function(name, tolerance) {
  out <<- file(file.path(folder, name), "w")
  say('source = "R survey on synthetic_survey.csv, synthetic_stages.csv and synthetic_replicates.csv, by tools/reference_values/survey_models.R"')
  say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
  say("tolerance = ", tolerance)
}

# ---- designs
stage <- function(clusters, fpc = NULL, strata = NULL) {
  paste0('{ clusters = "', clusters, '"', if (!is.null(strata)) paste0(', strata = "', strata, '"'), if (!is.null(fpc)) paste0(', fpc = "', fpc, '"'), " }")
}
in_stages <- function(fpc, ...) paste0('weight = "weight", strata = "stratum", clusters = "psu"', if (!is.null(fpc)) paste0(', fpc = "', fpc, '"'), ", stages = [", paste(c(...), collapse = ", "), "]")
drawn <- function(ids, fpc, strata = ~stratum) svydesign(ids, strata = strata, weights = ~weight, fpc = fpc, data = staged, nest = TRUE)
two <- drawn(~ psu + ssu, ~ psus + ssus)
multistage <- list(
  list("two stages", in_stages("psus", stage("ssu", "ssus")), two),
  list("three stages", in_stages("psus", stage("ssu", "ssus"), stage("person", "persons")), drawn(~ psu + ssu + person, ~ psus + ssus + persons)),
  list("strata within the first stage", in_stages("psus", stage("ssu", "ssus_in_milieu", "milieu"), stage("person", "persons")),
    drawn(~ psu + ssu + person, ~ psus + ssus_in_milieu + persons, ~ stratum + milieu)),
  list("first stage with replacement", in_stages(NULL, stage("ssu"), stage("person")), drawn(~ psu + ssu + person, NULL))
)
full <- svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = whole, nest = TRUE)
full_words <- 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"'
simple <- svydesign(~lonely_cluster, weights = ~weight, data = whole)

scales <- with(as.svrepdesign(svydesign(~cluster, strata = ~stratum, weights = ~weight, data = given_[, c("stratum", "cluster", "weight")], nest = TRUE), type = "JKn"), scale * rscales)
stopifnot(length(unique(scales)) == 1)
kinds <- list(
  jk1 = list("jk1", function(w, mse) svrepdesign(weights = ~weight, repweights = w, data = given_, type = "JK1", scale = (ncol(w) - 1) / ncol(w), mse = mse), ""),
  jkn = list("jkn", function(w, mse) svrepdesign(weights = ~weight, repweights = w, data = given_, type = "JKn", scale = 1, rscales = scales, mse = mse), paste0(", scale = [", number(scales[1]), "]")),
  brr = list("brr", function(w, mse) svrepdesign(weights = ~weight, repweights = w, data = given_, type = "BRR", mse = mse), ""),
  fay = list("fay", function(w, mse) svrepdesign(weights = ~weight, repweights = w, data = given_, type = "Fay", rho = .3, mse = mse), ", kept = 0.3"),
  boot = list("bootstrap", function(w, mse) svrepdesign(weights = ~weight, repweights = w, data = given_, type = "bootstrap", mse = mse), "")
)
given_design <- function(kind, around) kinds[[kind]][[2]](as.matrix(given_[, grep(paste0("^", kind, "_"), names(given_))]), around == "estimate")
given_plan <- function(kind, around) paste0('replicates = { method = "', kinds[[kind]][[1]], '", prefix = "', kind, '_", around = "', around, '"', kinds[[kind]][[3]], " }")
around_of <- function(kind) if (kind == "fay") "estimate" else "mean"

# ---- association
open_page("association_further.toml", "1e-10")
test <- function(name, words_, design, row, column, by = NULL, file = "synthetic_stages.csv", extra = NULL, has_df = TRUE) {
  say("\n[[association]]\nname = \"", name, "\"\ndata = \"", file, "\"\ndesign = { ", words_, " }\nrow = \"", row, "\"\ncolumn = \"", column, "\"")
  if (!is.null(by)) say("by = [\"", by, "\"]")
  if (!is.null(extra)) say(extra)
  v <- design$variables
  for (value in if (is.null(by)) "" else sort(unique(v[[by]]))) {
    here <- design[!is.na(v[[row]]) & !is.na(v[[column]]) & (is.null(by) | v[[if (is.null(by)) row else by]] == value), ]
    for (each in c(row, column)) here$variables[[each]] <- factor(here$variables[[each]])
    formula <- as.formula(paste0("~", row, "+", column))
    f <- svychisq(formula, here, statistic = "F")
    x <- svychisq(formula, here, statistic = "Chisq")
    domain <- if (is.null(by)) "" else paste0(by, "=", value)
    say("[[association.expected]]\ndomain = \"", domain, "\"\ntest = \"F\"")
    found <- c(value = unname(f$statistic), df = unname(f$parameter[1]), pearson = unname(x$statistic))
    if (has_df) found <- c(found, df_denominator = unname(f$parameter[2]), p = unname(f$p.value))
    fields(found)
    say("[[association.expected]]\ndomain = \"", domain, "\"\ntest = \"chisq\"")
    fields(c(value = unname(f$statistic * x$parameter), df = unname(x$parameter), p = unname(x$p.value), pearson = unname(x$statistic)))
  }
}
for (each in multistage) {
  test(paste(each[[1]], "grade by area"), each[[2]], each[[3]], "grade", "area")
  test(paste(each[[1]], "area by milieu in strata"), each[[2]], each[[3]], "area", "milieu", by = "stratum")
}
# R counts the degrees of freedom of replicates that it made by the rank of their weights: they are left out.
for (around in c("mean", "estimate")) {
  jkn <- as.svrepdesign(full, type = "JKn", mse = around == "estimate")
  extra <- paste0('replicates = { method = "jkn", around = "', around, '" }')
  test(paste("jackknife in strata around the", around), full_words, jkn, "grade", "area", file = "synthetic_survey.csv", extra = extra, has_df = FALSE)
}
for (kind in names(kinds)) {
  by <- if (kind == "brr") "area" else NULL
  test(paste(kind, "given"), 'weight = "weight"', given_design(kind, around_of(kind)), "grade", if (kind == "brr") "stratum" else "area", by, "synthetic_replicates.csv", given_plan(kind, around_of(kind)))
}
close(out)

# ---- regression
open_page("regression_further.toml", "1e-10")
fit <- function(name, file, words_, design, formula, asked, family = gaussian(), by = NULL, extra = NULL, has_df = TRUE) {
  is_logistic <- family$family != "gaussian"
  is_replicated <- inherits(design, "svyrep.design")
  say("\n[[regression]]\nname = \"", name, "\"\ndata = \"", file, "\"\ndesign = { ", words_, " }\n", asked)
  if (is_logistic) say('family = "logistic"\ntolerance = 1e-8')
  if (!is.null(by)) say("by = [\"", by, "\"]")
  for (line in extra) say(line)
  for (value in if (is.null(by)) "" else sort(unique(design$variables[[by]]))) {
    here <- if (is.null(by)) design else design[design$variables[[by]] == value, ]
    m <- if (is_logistic) svyglm(formula, here, family = family, epsilon = 1e-14, maxit = 100) else svyglm(formula, here)
    # R's errors come from the weights of the round before the last: begun at the optimum, these are its own.
    if (is_logistic && !is_replicated) {
      optimum <<- coef(m) # svyglm() looks for it here
      m <- svyglm(formula, here, family = family, epsilon = 1e-14, maxit = 100, start = optimum)
    }
    df <- m$df.residual
    if (has_df && df < 1) next # refused
    for (i in seq_along(coef(m))) {
      say("[[regression.expected]]\ndomain = \"", if (is.null(by)) "" else paste0(by, "=", value), "\"\nterm = \"", gsub("factor[(]([a-z_]*)[)]", "\\1", names(coef(m))[i]), "\"")
      b <- unname(coef(m)[i])
      se <- unname(SE(m)[i])
      found <- c(value = b, se = se, t = b / se)
      if (has_df) found <- c(found, low = b - qt(.975, df) * se, high = b + qt(.975, df) * se, p = 2 * pt(-abs(b / se), df), df = df)
      fields(found)
    }
  }
}
top <- function(design) update(design, top = as.numeric(grade == "a"))
asked <- function(outcome, predictors, more = NULL) paste0('outcome = "', outcome, '"\npredictors = ', words(predictors), if (!is.null(more)) paste0("\n", more))
yes <- 'success = ["a"]'
for (each in multistage) {
  file <- "synthetic_stages.csv"
  fit(paste(each[[1]], "linear"), file, each[[2]], each[[3]], y ~ z + area, asked("y", c("z", "area")))
  if (each[[1]] %in% c("two stages", "three stages")) fit(paste(each[[1]], "logistic"), file, each[[2]], top(each[[3]]), top ~ z + area, asked("grade", c("z", "area"), yes), quasibinomial())
}
fit("two stages, linear in areas", "synthetic_stages.csv", multistage[[1]][[2]], two, y ~ z, asked("y", "z"), by = "area")

file <- "synthetic_survey.csv"
linear <- list(
  list("number and category", y ~ z * area, asked("y", "z*area")),
  list("number and number", y ~ z * population, asked("y", "z * population")),
  list("category and category", z ~ grade * factor(rare), asked("z", "grade*rare", 'factors = ["rare"]')),
  list("slopes within categories", y ~ area + z:area, asked("y", c("area", "z:area"))),
  list("slopes within categories about one constant", y ~ z:area, asked("y", "z:area")),
  list("one slope and its differences", y ~ z + z:area, asked("y", c("z", "z:area"))),
  list("categories within categories", z ~ grade + grade:factor(rare), asked("z", c("grade", "grade:rare"), 'factors = ["rare"]')),
  list("product alone", y ~ z:population, asked("y", "z:population")),
  list("three columns", y ~ z * area * population, asked("y", "z*area*population")),
  list("three columns, pairs alone", y ~ z + grade + population + z:grade + grade:population, asked("y", c("z*grade", "population", "grade:population")))
)
for (each in linear) fit(paste0("interaction, ", each[[1]]), file, full_words, full, each[[2]], each[[3]])
turned <- update(full, area = relevel(factor(area), "south"))
fit("interaction, other reference", file, full_words, turned, y ~ z * area, asked("y", "z*area", 'references = { area = "south" }'))
fit("interaction, logistic", file, full_words, top(full), top ~ z * factor(rare), asked("grade", "z*rare", c(yes, 'factors = ["rare"]') |> paste(collapse = "\n")), quasibinomial())
fit("interaction, logistic of categories", file, full_words, full, rare ~ area * y, asked("rare", "area*y"), quasibinomial())

# Replicates that are made: R counts their degrees of freedom by the rank of the weights, so that they are left out.
for (around in c("mean", "estimate")) {
  mse <- around == "estimate"
  plan <- function(method) paste0('replicates = { method = "', method, '", around = "', around, '" }')
  jkn <- as.svrepdesign(full, type = "JKn", mse = mse)
  fit(paste("jackknife in strata around the", around), file, full_words, jkn, y ~ z + area, asked("y", c("z", "area")), extra = plan("jkn"), has_df = FALSE)
  if (mse) next
  fit(paste("jackknife around the", around), file, 'weight = "weight", clusters = "lonely_cluster"', as.svrepdesign(simple, type = "JK1", mse = mse), y ~ z + area, asked("y", c("z", "area")), extra = plan("jk1"), has_df = FALSE)
  fit(paste("jackknife in strata around the", around, "logistic"), file, full_words, top(jkn), top ~ z, asked("grade", "z", yes), quasibinomial(), extra = plan("jkn"), has_df = FALSE)
  fit(paste("jackknife in strata around the", around, "interaction"), file, full_words, jkn, y ~ z * factor(rare), asked("y", "z*rare", 'factors = ["rare"]'), extra = plan("jkn"), has_df = FALSE)
}

# Replicates that are given.
for (kind in names(kinds)) {
  d <- given_design(kind, around_of(kind))
  extra <- given_plan(kind, around_of(kind))
  file <- "synthetic_replicates.csv"
  fit(paste(kind, "given"), file, 'weight = "weight"', d, y ~ z + area, asked("y", c("z", "area")), extra = extra)
  if (kind %in% c("brr", "fay")) {
    fit(paste(kind, "given, in areas"), file, 'weight = "weight"', d, y ~ z, asked("y", "z"), extra = extra, by = "area")
    fit(paste(kind, "given, logistic"), file, 'weight = "weight"', top(d), top ~ z * area, asked("grade", "z*area", yes), quasibinomial(), extra = extra)
  }
}
close(out)
