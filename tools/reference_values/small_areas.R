# Fay-Herriot on milk expenditure by metafor: the model for tests/reference/small_areas.toml. Give the file with columns yi, SD, MajorArea.
library(metafor)
options(digits = 15)
milk <- read.csv(commandArgs(trailingOnly = TRUE)[1])
model <- rma(yi, SD^2, mods = ~ factor(MajorArea), data = milk, method = "REML", control = list(threshold = 1e-14, maxiter = 1000))
cat("between_variance", model$tau2, "\n")
cat("coefficients", as.vector(model$beta), "\n")
cat("coefficients_se", model$se, "\n")
cat("values", blup(model)$pred, "\n")
