# Writes what R's survey package answers where some rows have a weight of zero, as tests/reference/zero_weights.toml. Needs Debian's r-cran-survey;
# never run at test time. Usage: Rscript tools/reference_values/survey_zero_weights.R tests/reference
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)[1]
rows <- data.frame(w = c(1, 2, 0, 1, 2, 1, 3, 0), c = c(1, 1, 2, 2, 3, 3, 4, 5), y = c(1, 2, 30, 4, 5, 6, 7, 8))
d <- svydesign(~c, weights = ~w, data = rows)
out <- file(file.path(folder, "zero_weights.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
number <- function(x) format(as.numeric(x), digits = 15)
say('source = "R survey on the rows in this file, by tools/reference_values/survey_zero_weights.R"')
say('version = "R ', as.character(getRversion()), ", survey ", as.character(packageVersion("survey")), '"\ntolerance = 1e-10')
for (name in names(rows)) say(name, " = [", paste(rows[[name]], collapse = ", "), "]")
for (statistic in c("mean", "total")) {
  m <- if (statistic == "mean") svymean(~y, d) else svytotal(~y, d)
  say("\n[[answer]]\nstatistic = \"", statistic, "\"\nvalue = ", number(coef(m)), "\nse = ", number(SE(m)), "\ndf = ", degf(d))
}
close(out)
