# Writes what R's survey package answers with replicate weights on synthetic_survey.csv, as tests/reference/analyst_replicates.toml.
# Needs Debian's r-cran-survey; never run at test time. Usage: Rscript tools/reference_values/survey_replicates.R tests/reference
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)[1]
sample_ <- read.csv(file.path(folder, "synthetic_survey.csv"))
out <- file(file.path(folder, "analyst_replicates.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
number <- function(x) format(as.numeric(x), digits = 15, scientific = FALSE)
say('source = "R survey on synthetic_survey.csv, by tools/reference_values/survey_replicates.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"')
say("tolerance = 1e-10")

ask <- function(name, words, method, design, statistics = c("mean", "total", "ratio"), extra = "") {
  sample_ <- design$variables
  for (statistic in statistics) {
    say("\n[[answer]]\nname = \"", name, ", ", method, ", ", statistic, "\"\ndesign = { ", words, " }")
    say("replicates = { method = \"", method, "\" }\nstatistic = \"", statistic, "\"\nvariables = [\"", if (statistic == "mean") "y" else "z", "\"]\nby = [\"area\"]")
    if (statistic == "ratio") say("denominator = \"population\"")
    if (extra != "") say(extra)
    for (area in sort(unique(sample_$area))) {
      d <- design[sample_$area == area & (statistic != "mean" | !is.na(sample_$y)), ]
      m <- switch(statistic,
        mean = svymean(~y, d),
        total = svytotal(~z, d),
        ratio = svyratio(~z, ~population, d)
      )
      say("[[answer.expected]]\ndomain = \"area=", area, "\"\nvalue = ", number(coef(m)), "\nse = ", number(SE(m)))
    }
  }
}

jackknife <- function(design, type) as.svrepdesign(design, type = type)
simple <- svydesign(~lonely_cluster, weights = ~weight, data = sample_)
full <- svydesign(~cluster, strata = ~stratum, weights = ~weight, fpc = ~population, data = sample_, nest = TRUE)
plain <- svydesign(~cluster, strata = ~stratum, weights = ~weight, data = sample_, nest = TRUE)
pairs <- svydesign(~cluster, strata = ~stratum, weights = ~weight, data = sample_[sample_$pair == "yes", ], nest = TRUE)
ask("no strata", 'weight = "weight", clusters = "lonely_cluster"', "jk1", jackknife(simple, "JK1"))
ask("strata with fpc", 'weight = "weight", strata = "stratum", clusters = "cluster", fpc = "population"', "jkn", jackknife(full, "JKn"))
ask("strata", 'weight = "weight", strata = "stratum", clusters = "cluster"', "jkn", jackknife(plain, "JKn"))
# A total is linear: every balanced set of halves gives the same spread. A mean depends on which set was taken.
words <- 'weight = "weight", strata = "stratum", clusters = "cluster"'
ask("pairs", words, "brr", as.svrepdesign(pairs, type = "BRR"), "total", "rows = \"pair\"")
ask("pairs", words, "fay", as.svrepdesign(pairs, type = "Fay", fay.rho = .5), "total", "rows = \"pair\"")
close(out)
