# Writes what R's survey package answers of differences and contrasts under later stages, replicate weights and calibrated weights, on the three
# synthetic samples, as tests/reference/contrasts_further.toml. Needs Debian's r-cran-survey; never run at test time.
# Usage: Rscript tools/reference_values/survey_contrasts.R tests/reference
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)[1]
read_ <- function(name) read.csv(file.path(folder, name), na.strings = c("", "NA"))
whole <- read_("synthetic_survey.csv")
staged <- read_("synthetic_stages.csv")
given_ <- read_("synthetic_replicates.csv")
staged$endless <- Inf
number <- function(x) format(as.numeric(x), digits = 15, scientific = abs(x) > 0 && abs(x) < 1e-4)
out <- file(file.path(folder, "contrasts_further.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
say('source = "R survey on synthetic_survey.csv, synthetic_stages.csv and synthetic_replicates.csv, by tools/reference_values/survey_contrasts.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
say("tolerance = 1e-10")

# ---- what is asked: the difference of each area from the first, and, in areas, of two columns or levels
ask <- function(name, file, words, statistic, variables, how, extra) {
  say("\n[[contrast]]\nname = \"", name, ", ", statistic, "\"\ndata = \"", file, "\"\ndesign = { ", words, " }\nstatistic = \"", statistic, "\"")
  say("variables = [\"", paste(variables, collapse = '", "'), "\"]\n", how)
  if (statistic == "ratio") say("denominator = \"z\"")
  for (line in extra) say(line)
}
found <- function(domain, variable, level, value, se, df = NULL) {
  say("[[contrast.expected]]\ndomain = \"", domain, "\"\nvariable = \"", variable, "\"\nlevel = \"", level, "\"\nvalue = ", number(value), "\nse = ", number(se))
  if (!is.null(df)) say("low = ", number(value - qt(.975, df) * se), "\nhigh = ", number(value + qt(.975, df) * se), "\ndf = ", number(df))
}
answered_in <- function(design, variable) { # a calibrated design keeps the rows outside with a weight of zero, and cannot bear a missing value there
  d <- design[!is.na(design$variables[[variable]]), ]
  d$variables[[variable]][is.na(d$variables[[variable]])] <- if (is.numeric(d$variables[[variable]])) 0 else "a"
  d
}
by_area <- function(name, file, words, design, statistics, extra = NULL, has_df = FALSE, is_calibrated = FALSE) {
  areas <- sort(unique(design$variables$area))
  for (statistic in statistics) {
    variable <- switch(statistic, total = "z", proportion = "grade", "y")
    d <- answered_in(design, variable)
    ask(name, file, words, statistic, variable, 'difference = "area"', extra)
    for (level in if (statistic == "proportion") c("a", "b") else "") {
      d$variables$hit <- if (statistic == "proportion") as.numeric(d$variables$grade == level) else d$variables[[variable]]
      if (!is_calibrated) {
        table <- switch(statistic,
          total = svyby(~hit, ~area, d, svytotal, covmat = TRUE),
          ratio = svyby(~hit, ~area, denominator = ~z, d, svyratio, covmat = TRUE),
          svyby(~hit, ~area, d, svymean, covmat = TRUE)
        )
      }
      for (area in areas[-1]) {
        m <- if (is_calibrated) of_totals(d, statistic, area, areas[1]) else svycontrast(table, as.numeric(areas == area) - as.numeric(areas == areas[1]))
        df <- if (has_df) degf(d[d$variables$area %in% c(area, areas[1]), ])
        found(paste0("area=", area, " - area=", areas[1]), variable, level, coef(m), SE(m), df)
      }
    }
  }
}
# svyby(covmat = TRUE) of survey 4.1 stops at a calibrated design: the same contrast is one of totals over domains.
of_totals <- function(d, statistic, area, first) {
  v <- d$variables
  for (place in 1:2) {
    here <- v$area == c(area, first)[place]
    d$variables[[paste0("y", place)]] <- ifelse(here, v$hit, 0)
    d$variables[[paste0("x", place)]] <- if (statistic == "ratio") ifelse(here, v$z, 0) else as.numeric(here)
  }
  if (statistic == "total") return(svycontrast(svytotal(~ y1 + y2, d), c(1, -1)))
  svycontrast(svytotal(~ y1 + x1 + y2 + x2, d), quote(y1 / x1 - y2 / x2))
}
two_columns <- function(name, file, words, design, extra = NULL, has_df = FALSE) {
  ask(name, file, words, "mean", c("y", "z"), 'expression = "2 * y - 0.5 * z"\nby = ["area"]', extra)
  v <- design$variables
  design$variables$known <- as.numeric(!is.na(v$y))
  design$variables$y0 <- ifelse(is.na(v$y), 0, v$y)
  design$variables$one <- 1
  for (area in sort(unique(v$area))) {
    here <- design[v$area == area, ]
    m <- if (inherits(here, "svyrep.design")) {
      withReplicates(here, function(w, data) 2 * sum(w * data$y0) / sum(w * data$known) - .5 * sum(w * data$z) / sum(w))
    } else {
      svycontrast(svytotal(~ y0 + known + z + one, here), quote(2 * y0 / known - .5 * z / one))
    }
    found(paste0("area=", area), "2 * y - 0.5 * z", "", coef(m), SE(m), if (has_df) degf(here))
  }
}
every <- c("mean", "total", "ratio", "proportion")

# ---- stages beneath the first
stage <- function(clusters, fpc = NULL, strata = NULL) {
  paste0('{ clusters = "', clusters, '"', if (!is.null(strata)) paste0(', strata = "', strata, '"'), if (!is.null(fpc)) paste0(', fpc = "', fpc, '"'), " }")
}
first <- 'weight = "weight", strata = "stratum", clusters = "psu"'
words <- function(fpc, ...) paste0(first, if (!is.null(fpc)) paste0(', fpc = "', fpc, '"'), ", stages = [", paste(c(...), collapse = ", "), "]")
drawn <- function(ids, fpc, strata = ~stratum) svydesign(ids, strata = strata, weights = ~weight, fpc = fpc, data = staged, nest = TRUE)
two <- drawn(~ psu + ssu, ~ psus + ssus)
two_words <- words("psus", stage("ssu", "ssus"))
three <- drawn(~ psu + ssu + person, ~ psus + ssus + persons)
three_words <- words("psus", stage("ssu", "ssus"), stage("person", "persons"))
multistage <- list(
  list("two stages", two_words, two), list("three stages", three_words, three),
  list("strata within the first stage", words("psus", stage("ssu", "ssus_in_milieu", "milieu"), stage("person", "persons")),
    drawn(~ psu + ssu + person, ~ psus + ssus_in_milieu + persons, ~ stratum + milieu)),
  list("second stage with replacement", words("psus", stage("ssu"), stage("person")), drawn(~ psu + ssu + person, ~ psus + endless + persons)),
  list("first stage with replacement", words(NULL, stage("ssu"), stage("person")), drawn(~ psu + ssu + person, NULL))
)
for (each in multistage) {
  is_whole <- each[[1]] %in% c("two stages", "three stages")
  by_area(each[[1]], "synthetic_stages.csv", each[[2]], each[[3]], if (is_whole) every else "mean", has_df = TRUE)
  if (is_whole) two_columns(each[[1]], "synthetic_stages.csv", each[[2]], each[[3]], has_df = TRUE)
}

# ---- replicates that are made; R counts their degrees of freedom by the rank of the weights, so that they are left out
full <- svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = whole, nest = TRUE)
full_words <- 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"'
simple <- svydesign(~lonely_cluster, weights = ~weight, data = whole)
for (around in c("mean", "estimate")) {
  mse <- around == "estimate"
  plan <- function(method) paste0('replicates = { method = "', method, '", around = "', around, '" }')
  made <- list(
    list("jackknife in strata", "synthetic_survey.csv", full_words, as.svrepdesign(full, type = "JKn", mse = mse), plan("jkn")),
    list("jackknife", "synthetic_survey.csv", 'weight = "weight", clusters = "lonely_cluster"', as.svrepdesign(simple, type = "JK1", mse = mse), plan("jk1")),
    list("two stages, jackknife", "synthetic_stages.csv", two_words, as.svrepdesign(two, type = "JKn", mse = mse), plan("jkn"))
  )
  for (each in made) {
    name <- paste0(each[[1]], " around the ", around)
    if (mse && each[[1]] != "jackknife in strata") next
    is_whole <- each[[1]] == "jackknife in strata" && mse
    by_area(name, each[[2]], each[[3]], each[[4]], if (is_whole) every else "mean", each[[5]])
    if (is_whole) two_columns(name, each[[2]], each[[3]], each[[4]], each[[5]])
  }
}

# ---- replicates that are given
scales_of <- function(kind) {
  pairs <- given_[, c("stratum", "cluster", "weight")]
  d <- as.svrepdesign(svydesign(~cluster, strata = ~stratum, weights = ~weight, data = pairs, nest = TRUE), type = "JKn")
  d$scale * d$rscales
}
scales <- scales_of("jkn")
given <- function(kind, mse) {
  w <- as.matrix(given_[, grep(if (kind == "factors") "^factor" else paste0("^", kind, "_"), names(given_))])
  switch(kind,
    jk1 = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "JK1", scale = (ncol(w) - 1) / ncol(w), mse = mse),
    jkn = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "JKn", scale = 1, rscales = scales, mse = mse),
    factors = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "JKn", scale = 1, rscales = scales, combined.weights = FALSE, mse = mse),
    brr = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "BRR", mse = mse),
    fay = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "Fay", rho = .3, mse = mse),
    boot = svrepdesign(weights = ~weight, repweights = w, data = given_, type = "bootstrap", mse = mse)
  )
}
plan <- function(kind, around) {
  method <- c(jk1 = "jk1", jkn = "jkn", factors = "jkn", brr = "brr", fay = "fay", boot = "bootstrap")[[kind]]
  more <- switch(kind,
    jkn = paste0(", scale = [", paste(number(scales[1]), collapse = ", "), "]"),
    factors = paste0(", factors = true, scale = [", number(scales[1]), "]"), fay = ", kept = 0.3", ""
  )
  paste0('replicates = { method = "', method, '", prefix = "', if (kind == "factors") "factor" else paste0(kind, "_"), '", around = "', around, '"', more, " }")
}
stopifnot(length(unique(scales)) == 1)
for (kind in c("jk1", "jkn", "brr", "fay", "boot", "factors")) for (around in if (kind %in% c("brr", "boot")) c("mean", "estimate") else "mean") {
  d <- given(kind, around == "estimate")
  name <- paste0(kind, " given, around the ", around)
  by_area(name, "synthetic_replicates.csv", 'weight = "weight"', d, if (kind == "brr" && around == "mean") every else "mean", plan(kind, around), has_df = TRUE)
  if (kind == "brr" && around == "estimate") two_columns(name, "synthetic_replicates.csv", 'weight = "weight"', d, plan(kind, around), has_df = TRUE)
}

# ---- calibrated weights. rake() is left out: its residuals count every row of a category alike, whatever its weight. R takes degrees of freedom from all strata where calibrated rows keep a weight of zero: they are left out.
toml <- function(totals) paste0("{ ", paste0(names(totals), " = ", totals, collapse = ", "), " }")
margin <- function(columns, totals) paste0('{ columns = ["', columns, '"], totals = ', toml(totals), " }")
table_of <- function(totals, name) setNames(data.frame(names(totals), as.numeric(totals)), c(name, "Freq"))
areas <- c(islands = 300, north = 1700, south = 900)
strata <- c(s1 = 300, s2 = 450, s3 = 400, s4 = 700, s5 = 450, s6 = 600)
totals <- c("(Intercept)" = 2900, areanorth = 1700, areasouth = 900, z = 105000)
margins <- c("(Intercept)" = 2900, areanorth = 1700, areasouth = 900, setNames(strata[-1], paste0("stratum", names(strata)[-1])))
both <- paste0("sums = { z = 105000.0 }, margin = [", margin("area", areas), "]")
kinds <- list(
  list("post-stratified", paste0("margin = [", margin("stratum", strata), "]"), function(d) postStratify(d, ~stratum, table_of(strata, "stratum"))),
  list("raked", paste0('distance = "raking", margin = [', margin("area", areas), ", ", margin("stratum", strata), "]"),
    function(d) calibrate(d, ~ area + stratum, margins, calfun = "raking", epsilon = 1e-13, maxit = 200)),
  list("regression", both, function(d) calibrate(d, ~ area + z, totals)),
  list("regression with bounds", paste0("bounds = [0.65, 1.6], ", both), function(d) calibrate(d, ~ area + z, totals, bounds = c(.65, 1.6), epsilon = 1e-13, maxit = 500)),
  list("logit", paste0('distance = "logit", bounds = [0.3, 2.6], ', both), function(d) calibrate(d, ~ area + z, totals, calfun = "logit", bounds = c(.3, 2.6), epsilon = 1e-13, maxit = 200))
)
for (each in kinds) {
  extra <- paste0("calibration = { ", each[[2]], " }")
  d <- each[[3]](full)
  is_whole <- each[[1]] %in% c("post-stratified", "regression")
  by_area(each[[1]], "synthetic_survey.csv", full_words, d, if (is_whole) every else "mean", extra, is_calibrated = TRUE)
  if (is_whole) two_columns(each[[1]], "synthetic_survey.csv", full_words, d, extra)
}
few <- c(islands = 200, north = 750, south = 450)
few_totals <- c("(Intercept)" = 1400, areanorth = 750, areasouth = 450, z = 42000)
extra <- paste0("calibration = { sums = { z = 42000.0 }, margin = [", margin("area", few), "] }")
by_area("two stages, regression", "synthetic_stages.csv", two_words, calibrate(two, ~ area + z, few_totals), "mean", extra, is_calibrated = TRUE)
by_area("three stages, regression", "synthetic_stages.csv", three_words, calibrate(three, ~ area + z, few_totals), "mean", extra, is_calibrated = TRUE)

# ---- both: each replicate is calibrated anew
for (each in kinds[c(1, 3)]) {
  extra <- c(paste0("calibration = { ", each[[2]], " }"), 'replicates = { method = "jkn" }')
  d <- each[[3]](as.svrepdesign(full, type = "JKn"))
  by_area(paste0(each[[1]], ", jackknife"), "synthetic_survey.csv", full_words, d, c("mean", "total"), extra)
}
words_ <- 'calibration = { sums = { z = 36000.0 }, margin = [{ columns = ["area"], totals = { north = 590, south = 310 } }] }'
d <- calibrate(given("brr", FALSE), ~ area + z, c("(Intercept)" = 900, areasouth = 310, z = 36000), compress = FALSE)
by_area("regression, brr given", "synthetic_replicates.csv", 'weight = "weight"', d, c("mean", "total"), c(words_, plan("brr", "mean")))
close(out)
