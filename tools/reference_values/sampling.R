# Writes what R's package sampling answers about probabilities of draws by size, as tests/reference/sampling.toml.
# Needs Debian's r-cran-sampling; never run at test time. Usage: Rscript tools/reference_values/sampling.R tests/reference
suppressPackageStartupMessages(library(sampling))
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- file(file.path(folder, "sampling.toml"), "w")
say <- function(...) cat(..., "\n", sep = "", file = out)
number <- function(x) vapply(x, function(each) format(as.numeric(each), digits = 15, scientific = FALSE), "")
say('source = "R sampling, by tools/reference_values/sampling.R"')
say('version = "R ', as.character(getRversion()), ", sampling ", as.character(packageVersion("sampling")), '"')
say("tolerance = 1e-12")

points <- function(names, values) {
  say("[probabilities.points]")
  for (i in seq_along(values)) say('"', names[i], '" = ', number(values[i]))
}
of <- function(name, kind, sizes, count, names, values) {
  say('\n[[probabilities]]\nname = "', name, '"\nkind = "', kind, '"\ncount = ', count)
  say("sizes = [", paste(number(sizes), collapse = ", "), "]")
  points(names, values)
}
single <- function(name, sizes, count)
  of(name, "single", sizes, count, paste("unit", seq_along(sizes)), inclusionprobabilities(sizes, count))
joint <- function(name, sizes, count) {
  pairs <- UPsystematicpi2(inclusionprobabilities(sizes, count))
  where <- which(upper.tri(pairs), arr.ind = TRUE)
  where <- where[order(where[, 1], where[, 2]), ]
  of(name, "joint", sizes, count, paste("units", where[, 1], "and", where[, 2]), pairs[where])
}

data(belgianmunicipalities)
namur <- belgianmunicipalities$Tot04[belgianmunicipalities$Province == 9]
brabant <- belgianmunicipalities$Tot04[belgianmunicipalities$Province == 2]
single("38 communes of province 9 of belgianmunicipalities, 12 by population", namur, 12)
single("111 communes of province 2, 40 by population", brabant, 40)
single("one unit certain only after another was taken out", c(60, 30, 14, 10, 8, 5, 3, 2), 4)
single("sizes with decimals, none certain", c(1.5, 2.25, 0.75, 3.1, 2.9, 1.7), 2)
joint("nine sizes, three drawn", c(5, 9, 2, 7, 4, 11, 6, 3, 8), 3)
joint("eight sizes, two certain of four", c(60, 30, 14, 10, 8, 5, 3, 2), 4)
joint("seven equal sizes, three drawn", rep(1, 7), 3)
close(out)
