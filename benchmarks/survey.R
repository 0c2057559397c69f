# Means of all y columns by domain with R's survey package: prints its version and the seconds of each run of svyby().
# Reading the file and making the design object are left out of the time. Called by survey.py: Rscript survey.R FILE.csv RUNS
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1])
design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~w, data = rows, nest = TRUE)
columns <- reformulate(grep("^y", names(rows), value = TRUE))
cat("version", as.character(packageVersion("survey")), "\n")
for (run in seq_len(as.integer(arguments[2]))) {
  took <- system.time(answer <- svyby(columns, ~domain, design, svymean))[["elapsed"]]
  cat("seconds", took, "\n")
}
cat("mean", format(answer[1, "y0"], digits = 17), "se", format(answer[1, "se.y0"], digits = 17), "\n")
