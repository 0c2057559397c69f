# Writes what R's survey package answers of contrasts, association and regression, on synthetic_survey.csv and on its own api data, as
# tests/reference/contrasts.toml, association.toml and regression.toml. Needs Debian's r-cran-survey; never run at test time.
# Usage: Rscript tools/reference_values/survey_inference.R tests/reference
suppressPackageStartupMessages(library(survey))
data(api)
folder <- commandArgs(trailingOnly = TRUE)[1]
sample_ <- read.csv(file.path(folder, "synthetic_survey.csv"), na.strings = "")
sample_$row <- seq_len(nrow(sample_))
number <- function(x) format(as.numeric(x), digits = 15, scientific = abs(x) > 0 && abs(x) < 1e-4)
words <- function(x) paste0('["', paste(x, collapse = '", "'), '"]')

open_page <- function(name, tolerance) {
  out <<- file(file.path(folder, name), "w")
  say('source = "R survey on synthetic_survey.csv and its api data, by tools/reference_values/survey_inference.R"')
  say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
  say("tolerance = ", tolerance)
}
say <- function(...) cat(..., "\n", sep = "", file = out)
fields <- function(...) {
  for (part in list(...)) for (name in names(part)) say(name, " = ", number(part[[name]]))
}

make <- function(data) list(
  full = list(svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = data, nest = TRUE), 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"'),
  plain = list(svydesign(~cluster, strata = ~stratum, weights = ~weight, data = data, nest = TRUE), 'weight = "weight", strata = "stratum", clusters = "cluster"'),
  rowwise = list(svydesign(~1, strata = ~stratum, weights = ~weight, data = data), 'weight = "weight", strata = "stratum"'),
  unweighted = list(svydesign(~lonely_cluster, weights = ~ rep(1, nrow(data)), data = data), 'clusters = "lonely_cluster"')
)
sample_$known <- as.numeric(!is.na(sample_$y))
sample_$y0 <- ifelse(is.na(sample_$y), 0, sample_$y)
sample_$one <- 1
designs <- make(sample_)
clus <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
schools <- list(
  clus = list(clus, 'weight = "pw", clusters = "dnum", fpc = "fpc"', "survey_r/apiclus1.csv"),
  strat = list(strat, 'weight = "pw", strata = "stype", fpc = "fpc"', "survey_r/apistrat.csv")
)

# ---- contrasts
open_page("contrasts.toml", "1e-10")
ask <- function(name, design, statistic, variables, how, by = NULL, denominator = NULL, file = NULL) {
  say("\n[[contrast]]\nname = \"", name, "\"")
  if (!is.null(file)) say("file = \"", file, "\"")
  say("design = { ", design, " }\nstatistic = \"", statistic, "\"\nvariables = ", words(variables))
  if (!is.null(denominator)) say("denominator = \"", denominator, "\"")
  if (!is.null(by)) say("by = ", words(by))
  say(how)
}
found <- function(m, degrees, domain = "", variable = NULL, level = "") {
  interval <- confint(m, df = degrees)
  say("[[contrast.expected]]\ndomain = \"", domain, "\"")
  if (!is.null(variable)) say("variable = \"", variable, "\"")
  say("level = \"", level, "\"")
  fields(c(value = unname(coef(m)), se = as.numeric(SE(m)), low = interval[1], high = interval[2], df = degrees))
}
against <- function(table, first, others, domain_of, rows) {
  for (other in others) {
    factors <- as.numeric(table[[1]] == other) - as.numeric(table[[1]] == first)
    found(svycontrast(table, factors), rows(c(first, other)), paste0(domain_of(other), " - ", domain_of(first)))
  }
}
area_of <- function(area) paste0("area=", area)
for (kind in names(designs)) {
  d <- designs[[kind]][[1]]
  k <- designs[[kind]][[2]]
  answered <- d[!is.na(sample_$y), ]
  degrees <- function(design) function(areas) degf(design[design$variables$area %in% areas, ])
  ask(paste(kind, "difference of means"), k, "mean", "y", 'difference = "area"')
  against(svyby(~y, ~area, answered, svymean, covmat = TRUE), "islands", c("north", "south"), area_of, degrees(answered))
  ask(paste(kind, "difference of totals"), k, "total", "z", 'difference = "area"\nagainst = "south"', by = "area")
  against(svyby(~z, ~area, d, svytotal, covmat = TRUE), "south", c("islands", "north"), area_of, degrees(d))
  ask(paste(kind, "difference of ratios"), k, "ratio", "y", 'difference = "area"', denominator = "z")
  against(svyby(~y, ~area, denominator = ~z, answered, svyratio, covmat = TRUE), "islands", c("north", "south"), area_of, degrees(answered))
  ask(paste(kind, "contrast of three domains"), k, "mean", "z", 'expression = "area=north - 0.5 * area=islands - 0.5 * south"', by = "area")
  found(svycontrast(svyby(~z, ~area, d, svymean, covmat = TRUE), c(-.5, 1, -.5)), degf(d), "area=north - 0.5 * area=islands - 0.5 * south", "z")
  ask(paste(kind, "two variables with other answers missing"), k, "mean", c("y", "z"), 'expression = "y - z"')
  found(svycontrast(svytotal(~ y0 + known + z + one, d), quote(y0 / known - z / one)), degf(d), "", "y - z")
  ask(paste(kind, "two variables in domains"), k, "mean", c("y", "z"), 'expression = "2 * y - 0.5 * z"', by = "area")
  for (area in c("islands", "north", "south")) {
    here <- d[sample_$area == area, ]
    found(svycontrast(svytotal(~ y0 + known + z + one, here), quote(2 * y0 / known - .5 * z / one)), degf(here), area_of(area), "2 * y - 0.5 * z")
  }
  graded <- d[!is.na(sample_$grade), ]
  ask(paste(kind, "two levels"), k, "proportion", "grade", 'expression = "grade=a - grade=b"')
  found(svycontrast(svymean(~grade, graded), c(1, -1, 0)), degf(graded), "", "grade=a - grade=b")
  ask(paste(kind, "difference of shares"), k, "proportion", "grade", 'difference = "area"\nagainst = "north"')
  table <- svyby(~grade, ~area, graded, svymean, covmat = TRUE)
  for (level in 1:3) for (area in c("islands", "south")) {
    factors <- rep(0, 9)
    factors[(level - 1) * 3 + match(c(area, "north"), c("islands", "north", "south"))] <- c(1, -1)
    found(svycontrast(table, factors), degrees(graded)(c(area, "north")), paste0("area=", area, " - area=north"), "grade", c("a", "b", "c")[level])
  }
}
d <- designs$full[[1]]
k <- designs$full[[2]]
graded <- d[!is.na(sample_$grade), ]
ask("difference within the categories of another column", k, "mean", "z", 'difference = "grade"\nagainst = "b"', by = c("area", "grade"))
table <- svyby(~z, ~ area + grade, graded, svymean, covmat = TRUE)
for (area in c("islands", "north", "south")) for (grade in c("a", "c")) {
  factors <- as.numeric(table$area == area & table$grade == grade) - as.numeric(table$area == area & table$grade == "b")
  alone <- sapply(c(grade, "b"), function(one) degf(graded[graded$variables$area == area & graded$variables$grade == one, ]))
  if (any(alone < 1)) next # one of the two is refused
  here <- graded[graded$variables$area == area & graded$variables$grade %in% c(grade, "b"), ]
  found(svycontrast(table, factors), degf(here), paste0("area=", area, ";grade=", grade, " - area=", area, ";grade=b"))
}
# Waves that share clusters: as domains. Waves that share none (pair cuts through strata, not through clusters): strata within waves.
apart <- list(
  full = svydesign(~cluster, strata = ~ interaction(pair, stratum), weights = ~weight, fpc = ~population, data = sample_, nest = TRUE),
  plain = svydesign(~cluster, strata = ~ interaction(pair, stratum), weights = ~weight, data = sample_, nest = TRUE)
)
for (kind in names(apart)) {
  d <- apart[[kind]]
  k <- designs[[kind]][[2]]
  answered <- d[!is.na(sample_$y), ]
  pair_of <- function(pair) paste0("pair=", pair)
  ask(paste(kind, "waves that share no cluster, means"), k, "mean", "y", 'wave = "pair"\nshared = 0')
  against(svyby(~y, ~pair, answered, svymean, covmat = TRUE), "no", "yes", pair_of, function(pairs) degf(answered))
  ask(paste(kind, "waves that share no cluster, totals in domains"), k, "total", "z", 'wave = "pair"\nshared = 0', by = "area")
  table <- svyby(~z, ~ area + pair, d, svytotal, covmat = TRUE)
  for (area in c("north", "south")) {
    factors <- as.numeric(table$area == area & table$pair == "yes") - as.numeric(table$area == area & table$pair == "no")
    found(svycontrast(table, factors), degf(d[sample_$area == area, ]), paste0("area=", area, ";pair=yes - area=", area, ";pair=no"))
  }
  shared <- designs[[kind]][[1]]
  ask(paste(kind, "waves that share clusters"), k, "mean", "z", 'wave = "rare"\nshared = 8')
  against(svyby(~z, ~rare, shared, svymean, covmat = TRUE), 0, 1, function(rare) paste0("rare=", rare), function(rares) degf(shared))
}
single <- svydesign(~lonely_cluster, strata = ~lonely, weights = ~weight, data = sample_)
for (policy in c("certainty", "centred")) {
  options(survey.lonely.psu = if (policy == "centred") "adjust" else policy)
  ask(paste("lonely", policy), paste0('weight = "weight", strata = "lonely", clusters = "lonely_cluster", lonely = "', policy, '"'), "mean", "z", 'difference = "area"')
  against(svyby(~z, ~area, single, svymean, covmat = TRUE), "islands", c("north", "south"), area_of, function(areas) degf(single[sample_$area %in% areas, ]))
}
options(survey.lonely.psu = "fail")
for (kind in names(schools)) {
  d <- schools[[kind]][[1]]
  k <- schools[[kind]][[2]]
  file <- schools[[kind]][[3]]
  ask(paste("schools", kind, "two years"), k, "mean", c("api00", "api99"), 'expression = "api00 - api99"', file = file)
  found(svycontrast(svymean(~ api00 + api99, d), c(1, -1)), degf(d), "", "api00 - api99")
  ask(paste("schools", kind, "types"), k, "mean", "api00", 'difference = "stype"', file = file)
  against(svyby(~api00, ~stype, d, svymean, covmat = TRUE), "E", c("H", "M"), function(type) paste0("stype=", type), function(types) degf(d[d$variables$stype %in% types, ]))
}
close(out)

# ---- association
open_page("association.toml", "1e-10")
test <- function(name, words_, design, row, column, by = NULL, file = NULL) {
  say("\n[[association]]\nname = \"", name, "\"")
  if (!is.null(file)) say("file = \"", file, "\"")
  say("design = { ", words_, " }\nrow = \"", row, "\"\ncolumn = \"", column, "\"")
  if (!is.null(by)) say("by = [\"", by, "\"]")
  for (value in if (is.null(by)) "" else sort(unique(design$variables[[by]]))) {
    here <- design[!is.na(design$variables[[row]]) & !is.na(design$variables[[column]]) & (is.null(by) | design$variables[[by %||% row]] == value), ]
    if (length(unique(here$variables[[row]])) < 2 || length(unique(here$variables[[column]])) < 2) next # nothing to associate
    here$variables[[row]] <- factor(here$variables[[row]])
    here$variables[[column]] <- factor(here$variables[[column]])
    formula <- as.formula(paste0("~", row, "+", column))
    domain <- if (is.null(by)) "" else paste0(by, "=", value)
    f <- svychisq(formula, here, statistic = "F")
    x <- svychisq(formula, here, statistic = "Chisq")
    say("[[association.expected]]\ndomain = \"", domain, "\"\ntest = \"F\"")
    fields(c(value = unname(f$statistic), df = unname(f$parameter[1]), df_denominator = unname(f$parameter[2]), p = unname(f$p.value), pearson = unname(x$statistic)))
    say("[[association.expected]]\ndomain = \"", domain, "\"\ntest = \"chisq\"")
    # R prints Pearson's statistic beside the corrected p; the corrected statistic is F times its degrees of freedom.
    fields(c(value = unname(f$statistic * x$parameter), df = unname(x$parameter), p = unname(x$p.value), pearson = unname(x$statistic)))
  }
}
`%||%` <- function(one, other) if (is.null(one)) other else one
for (kind in names(designs)) {
  d <- designs[[kind]][[1]]
  k <- designs[[kind]][[2]]
  test(paste(kind, "grade by area"), k, d, "grade", "area")
  test(paste(kind, "rare by grade"), k, d, "rare", "grade")
  test(paste(kind, "grade by pair in areas"), k, d, "grade", "pair", by = "area")
}
test("schools clus, two targets met", schools$clus[[2]], clus, "sch.wide", "comp.imp", file = schools$clus[[3]])
test("schools clus, type and target", schools$clus[[2]], clus, "stype", "sch.wide", file = schools$clus[[3]])
test("schools strat, type and award", schools$strat[[2]], strat, "stype", "awards", file = schools$strat[[3]])
test("schools strat, year-round and target", schools$strat[[2]], strat, "yr.rnd", "sch.wide", file = schools$strat[[3]])
close(out)

# ---- regression
open_page("regression.toml", "1e-10")
fit <- function(name, words_, design, formula, asked, family = gaussian(), by = NULL, file = NULL, missing = 0) {
  outcome <- all.vars(formula)[1]
  logistic <- family$family != "gaussian"
  say("\n[[regression]]\nname = \"", name, "\"")
  if (!is.null(file)) say("file = \"", file, "\"")
  if (logistic) say("tolerance = 1e-8\nfamily = \"logistic\"")
  say("design = { ", words_, " }\n", asked)
  if (!is.null(by)) say("by = [\"", by, "\"]")
  for (value in if (is.null(by)) "" else sort(unique(design$variables[[by]]))) {
    here <- if (is.null(by)) design else design[design$variables[[by]] == value, ]
    m <- if (logistic) svyglm(formula, here, family = family, epsilon = 1e-14, maxit = 100) else svyglm(formula, here)
    # R's errors come from the weights of the round before the last: begun at the optimum, these are its own.
    if (logistic) {
      optimum <<- coef(m) # svyglm() looks for it here
      m <- svyglm(formula, here, family = family, epsilon = 1e-14, maxit = 100, start = optimum)
    }
    if (m$df.residual < 1) next # refused
    ends <- confint(m)
    rows <- summary(m)$coefficients
    for (i in seq_along(coef(m))) {
      say("[[regression.expected]]\ndomain = \"", if (is.null(by)) "" else paste0(by, "=", value), "\"\nterm = \"", sub("factor[(](.*)[)]", "\\1", names(coef(m))[i]), "\"")
      fields(c(value = unname(coef(m)[i]), se = unname(SE(m)[i]), low = ends[i, 1], high = ends[i, 2], t = rows[i, 3], p = rows[i, 4], df = m$df.residual))
    }
  }
}
for (kind in names(designs)) {
  d <- designs[[kind]][[1]]
  k <- designs[[kind]][[2]]
  fit(paste(kind, "linear"), k, d, y ~ z + area + rare, 'outcome = "y"\npredictors = ["z", "area", "rare"]')
  fit(paste(kind, "mean"), k, d, y ~ 1, 'outcome = "y"\npredictors = []')
  fit(paste(kind, "linear in areas"), k, d, z ~ y + grade, 'outcome = "z"\npredictors = ["y", "grade"]', by = "area")
  fit(paste(kind, "logistic"), k, update(d, top = as.numeric(grade == "a")), top ~ z + area, 'outcome = "grade"\nsuccess = ["a"]\npredictors = ["z", "area"]', quasibinomial())
  fit(paste(kind, "logistic of a number"), k, d, rare ~ y, 'outcome = "rare"\npredictors = ["y"]', quasibinomial())
}
turned <- update(designs$full[[1]], area = relevel(factor(area), "south"), rare = factor(rare))
fit("full, other reference", designs$full[[2]], turned, z ~ area + rare, 'outcome = "z"\npredictors = ["area", "rare"]\nfactors = ["rare"]\nreferences = { area = "south" }')
fit("full, logistic in halves", designs$full[[2]], update(designs$full[[1]], top = as.numeric(grade == "a")), top ~ z, 'outcome = "grade"\nsuccess = ["a"]\npredictors = ["z"]', quasibinomial(), by = "pair")
for (kind in names(schools)) {
  d <- schools[[kind]][[1]]
  k <- schools[[kind]][[2]]
  file <- schools[[kind]][[3]]
  fit(paste("schools", kind, "linear"), k, d, api00 ~ ell + meals + mobility, 'outcome = "api00"\npredictors = ["ell", "meals", "mobility"]', file = file)
  fit(paste("schools", kind, "linear with types"), k, d, api00 ~ api99 + stype, 'outcome = "api00"\npredictors = ["api99", "stype"]', file = file)
  fit(paste("schools", kind, "logistic"), k, update(d, met = as.numeric(sch.wide == "Yes")), met ~ ell + meals + mobility, 'outcome = "sch.wide"\nsuccess = ["Yes"]\npredictors = ["ell", "meals", "mobility"]', quasibinomial(), file = file)
}
close(out)
