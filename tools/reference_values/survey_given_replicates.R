# Writes tests/reference/synthetic_replicates.csv, a sample with the replicate weights of five methods in its columns, and what R's survey package
# answers from those columns, as tests/reference/analyst_given_replicates.toml: around the mean and the estimate, quantiles, calibrated.
# Needs Debian's r-cran-survey; never run at test time. Usage: Rscript tools/reference_values/survey_given_replicates.R tests/reference
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)[1]
whole <- read.csv(file.path(folder, "synthetic_survey.csv"), na.strings = c("", "NA"))
pairs <- whole[whole$pair == "yes" & !(whole$stratum == "s6"), c("stratum", "cluster", "lonely_cluster", "weight", "y", "z", "area", "grade")]
rownames(pairs) <- NULL
strata <- svydesign(~cluster, strata = ~stratum, weights = ~weight, data = pairs, nest = TRUE)
simple <- svydesign(~lonely_cluster, weights = ~weight, data = pairs)
set.seed(7)
made <- list(
  jk1 = as.svrepdesign(simple, type = "JK1"), jkn = as.svrepdesign(strata, type = "JKn"), brr = as.svrepdesign(strata, type = "BRR"),
  fay = as.svrepdesign(strata, type = "Fay", fay.rho = .3), boot = as.svrepdesign(strata, type = "subbootstrap", replicates = 20)
)
columns <- list()
for (kind in names(made)) {
  w <- round(weights(made[[kind]], "analysis"), 3)
  for (i in seq_len(ncol(w))) columns[[paste0(kind, "_", i)]] <- w[, i]
}
factors_ <- round(weights(made$jkn, "replication"), 6)
for (i in seq_len(ncol(factors_))) columns[[paste0("factor", i)]] <- factors_[, i]
sample_ <- cbind(pairs, as.data.frame(columns))
write.csv(sample_, file.path(folder, "synthetic_replicates.csv"), row.names = FALSE, quote = FALSE, na = "")

out <- file(file.path(folder, "analyst_given_replicates.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
number <- function(x) format(as.numeric(x), digits = 15, scientific = FALSE)
say('source = "R survey on synthetic_replicates.csv, by tools/reference_values/survey_given_replicates.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
say('tolerance = 1e-10\ndata = "synthetic_replicates.csv"')

scales <- made$jkn$scale * made$jkn$rscales
given <- function(kind, around, data = sample_) {
  mse <- around == "estimate"
  w <- as.matrix(data[, grep(if (kind == "factors") "^factor" else paste0("^", kind, "_"), names(data))]) # a calibrated design wants a matrix
  switch(kind,
    jk1 = svrepdesign(weights = ~weight, repweights = w, data = data, type = "JK1", scale = (ncol(w) - 1) / ncol(w), mse = mse),
    jkn = svrepdesign(weights = ~weight, repweights = w, data = data, type = "JKn", scale = 1, rscales = scales, mse = mse),
    factors = svrepdesign(weights = ~weight, repweights = w, data = data, type = "JKn", scale = 1, rscales = scales, combined.weights = FALSE, mse = mse),
    brr = svrepdesign(weights = ~weight, repweights = w, data = data, type = "BRR", mse = mse),
    fay = svrepdesign(weights = ~weight, repweights = w, data = data, type = "Fay", rho = .3, mse = mse),
    boot = svrepdesign(weights = ~weight, repweights = w, data = data, type = "bootstrap", mse = mse)
  )
}
plan <- function(kind, around) {
  method <- c(jk1 = "jk1", jkn = "jkn", factors = "jkn", brr = "brr", fay = "fay", boot = "bootstrap")[[kind]]
  more <- switch(kind,
    jkn = paste0(", scale = [", paste(number(scales), collapse = ", "), "]"),
    factors = paste0(", factors = true, scale = [", number(scales[1]), "]"), fay = ", kept = 0.3", ""
  )
  paste0('replicates = { method = "', method, '", prefix = "', if (kind == "factors") "factor" else paste0(kind, "_"), '", around = "', around, '"', more, " }")
}
answer <- function(statistic, d, level, variable) {
  df <- degf(d)
  if (statistic == "quantile") {
    q <- svyquantile(~y, d, level, qrule = "math", df = df)$y
    return(setNames(c(q[1], q[2], q[3], q[4], df), c("value", "low", "high", "se", "df")))
  }
  if (statistic == "proportion") {
    d <- update(d, hit = as.numeric(grade == level))
    m <- svymean(~hit, d)
    odds <- svycontrast(m, quote(log(hit / (1 - hit))))
    return(c(value = as.numeric(coef(m)), se = as.numeric(SE(m)), setNames(plogis(as.numeric(coef(odds)) + c(-1, 1) * qt(.975, df) * as.numeric(SE(odds))), c("low", "high")), df = df))
  }
  m <- switch(statistic, mean = svymean(as.formula(paste0("~", variable)), d), total = svytotal(~z, d), ratio = svyratio(~y, ~z, d))
  value <- as.numeric(coef(m))
  se <- as.numeric(SE(m))
  c(value = value, se = se, low = value - qt(.975, df) * se, high = value + qt(.975, df) * se, df = df)
}
ask <- function(name, design, statistic, plan, extra = NULL, fields = c("value", "se", "low", "high", "df"), areas = c("north", "south"), variable = NULL) {
  if (is.null(variable)) variable <- switch(statistic, total = "z", proportion = "grade", "y")
  say("\n[[answer]]\nname = \"", name, ", ", statistic, "\"\ndesign = { weight = \"weight\" }\n", plan)
  say("statistic = \"", statistic, "\"\nvariables = [\"", variable, "\"]\nby = [\"area\"]")
  if (statistic == "ratio") say("denominator = \"z\"")
  if (statistic == "quantile") say("quantiles = [0.5]")
  for (line in extra) say(line)
  for (level in switch(statistic, proportion = c("a", "b"), quantile = 0.5, "")) for (area in areas) {
    v <- design$variables
    found <- answer(statistic, design[!is.na(v[[variable]]) & v$area == area, ], level, variable)
    found <- found[!is.na(found) & names(found) %in% fields]
    say("[[answer.expected]]\ndomain = \"area=", area, "\"\nlevel = \"", level, "\"")
    for (field in names(found)) say(field, " = ", number(found[[field]]))
  }
}
for (kind in c("jk1", "jkn", "brr", "fay", "boot", "factors")) {
  ask(paste(kind, "given"), given(kind, "mean"), "mean", plan(kind, "mean"))
  ask(paste(kind, "given, around the estimate"), given(kind, "estimate"), "mean", plan(kind, "estimate"))
}
for (statistic in c("total", "ratio", "proportion", "quantile")) ask("brr given", given("brr", "mean"), statistic, plan("brr", "mean"))
ask("boot given, around the estimate", given("boot", "estimate"), "quantile", plan("boot", "estimate"))

# Calibrated: every replicate meets the totals. R wants complete data, so that z is asked for; degrees of freedom are those of the first weights.
totals <- c("(Intercept)" = 900, areasouth = 310)
regression <- c(totals, z = 36000)
margin <- 'margin = [{ columns = ["area"], totals = { north = 590, south = 310 } }]'
fields <- c("value", "se")
calibrated <- function(name, kind, formula, totals, words, statistic, variable = "z", ...) {
  design <- calibrate(given(kind, "mean"), formula, totals, compress = FALSE, ...)
  ask(paste(name, kind, "given"), design, statistic, plan(kind, "mean"), paste0("calibration = { ", words, " }"), fields, variable = variable)
}
for (kind in c("jkn", "brr")) {
  calibrated("post-stratified", kind, ~area, totals, margin, "mean")
  calibrated("raked", kind, ~ area + z, regression, paste0('distance = "raking", sums = { z = 36000.0 }, ', margin), "total", calfun = "raking", epsilon = 1e-13, maxit = 200)
}
calibrated("logit", "fay", ~ area + z, regression, paste0('distance = "logit", bounds = [0.3, 3.0], sums = { z = 36000.0 }, ', margin), "mean", calfun = "logit", bounds = c(.3, 3), epsilon = 1e-13, maxit = 200)
close(out)

# Made replicates and linearised quantiles with calibrated weights, on the whole sample.
out <- file(file.path(folder, "analyst_calibrated_further.toml"), "w")
say('source = "R survey on synthetic_survey.csv, by tools/reference_values/survey_given_replicates.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
say("tolerance = 1e-10")
known <- whole[!is.na(whole$y), ]
design <- svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = whole, nest = TRUE)
words <- 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"'
totals <- c("(Intercept)" = 2900, areanorth = 1700, areasouth = 900, z = 105000)
margin <- 'sums = { z = 105000.0 }, margin = [{ columns = ["area"], totals = { islands = 300, north = 1700, south = 900 } }]'
kinds <- list(
  list("regression", margin, function(d) calibrate(d, ~ area + z, totals)),
  list("logit", paste0('distance = "logit", bounds = [0.3, 2.6], ', margin), function(d) calibrate(d, ~ area + z, totals, calfun = "logit", bounds = c(.3, 2.6), epsilon = 1e-13, maxit = 200)),
  list("bounded regression", paste0("bounds = [0.4, 2.2], ", margin), function(d) calibrate(d, ~ area + z, totals, bounds = c(.4, 2.2), epsilon = 1e-13, maxit = 500))
)
for (kind in kinds) {
  name <- kind[[1]]
  linear <- kind[[3]](design)
  jackknife <- kind[[3]](as.svrepdesign(design, type = "JKn"))
  for (statistic in c("mean", "total", "quantile")) for (how in c("linearised", "jackknife")) {
    say("\n[[answer]]\nname = \"", name, ", ", how, ", ", statistic, "\"\ndesign = { ", words, " }\ncalibration = { ", kind[[2]], " }")
    if (how == "jackknife") say('replicates = { method = "jkn" }')
    if (statistic == "quantile") say("quantiles = [0.3, 0.5]")
    say("statistic = \"", statistic, "\"\nvariables = [\"rare\"]\nby = [\"stratum\"]" |> sub(pattern = "rare", replacement = if (statistic == "quantile") "z" else "rare"))
    for (stratum in c("s2", "s4")) {
      d <- (if (how == "jackknife") jackknife else linear)
      d <- d[whole$stratum == stratum, ]
      label <- paste0("[[answer.expected]]\ndomain = \"stratum=", stratum, "\"")
      # R takes degrees of freedom from all strata where calibrated rows keep a weight of zero: here those of the domain are used.
      df <- length(unique(whole$cluster[whole$stratum == stratum])) - 1
      if (statistic == "quantile") for (share in c(.3, .5)) {
        q <- svyquantile(~z, d, share, qrule = "math", df = df)$z
        say(label, "\nlevel = \"", share, "\"\nvalue = ", number(q[1]))
        if (!is.na(q[4])) say("low = ", number(q[2]), "\nhigh = ", number(q[3]), "\nse = ", number(q[4]))
      } else {
        m <- if (statistic == "mean") svymean(~rare, d) else svytotal(~rare, d)
        say(label, "\nvalue = ", number(coef(m)), "\nse = ", number(SE(m)))
      }
    }
  }
}
close(out)
