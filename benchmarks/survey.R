# Means of all y columns by domain with R's survey package: prints its version, the seconds that
# its design object took, and those of each run of svyby(), which leave out reading and the design object. Called by survey.py: Rscript survey.R FILE.csv RUNS
suppressMessages(library(survey))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(arguments[1], colClasses = "numeric")
making <- system.time(design <- svydesign(ids = ~cluster, strata = ~stratum, weights = ~w, data = rows, nest = TRUE))
columns <- reformulate(grep("^y", names(rows), value = TRUE))
cat("version", as.character(packageVersion("survey")), "\n")
cat("design", making[["elapsed"]], "\n")
for (run in seq_len(as.integer(arguments[2]))) {
  took <- system.time(answer <- svyby(columns, ~domain, design, svymean))[["elapsed"]]
  cat("seconds", took, "\n")
}
cat("mean", format(answer[1, "y0"], digits = 17), "se", format(answer[1, "se.y0"], digits = 17), "\n")
