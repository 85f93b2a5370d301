# What R's survey package takes for the means of the benchmark: every question by every breakdown, one by one.
# Not here: the answers themselves (tests/unit/r_survey holds R's and ours together) and drawing the respondents.
#
#   Rscript r_survey.R respondents.csv [number of questions, all unless told]
#
# The file has the columns weight, q01 .. q20 (blank or NA: no answer), and any others are breakdowns. Prints one
# line of JSON: rows, estimates made, seconds to read, to make the design and to estimate, and R's largest memory.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
arguments <- commandArgs(TRUE)
if (!length(arguments)) stop("name the file of respondents: Rscript r_survey.R respondents.csv [number of questions]")

seconds <- function(work) unname(system.time(work)["elapsed"])

read <- seconds(respondents <- read.csv(arguments[1]))
questions <- grep("^q[0-9]+$", names(respondents), value = TRUE)
breakdowns <- setdiff(names(respondents), c("weight", questions))
if (length(arguments) > 1) questions <- head(questions, as.integer(arguments[2]))
respondents[breakdowns] <- lapply(respondents[breakdowns], factor)

making <- seconds(design <- svydesign(ids = ~1, weights = ~weight, data = respondents))
n_estimates <- 0
estimating <- seconds(
  for (question in questions) {
    for (breakdown in breakdowns) {
      means <- svyby(reformulate(question), reformulate(breakdown), design, svymean, na.rm = TRUE)
      n_estimates <- n_estimates + nrow(means)
    }
  }
)
cat(toJSON(list(
  rows = nrow(respondents), questions = length(questions), breakdowns = length(breakdowns), estimates = n_estimates,
  read_seconds = read, design_seconds = making, estimate_seconds = estimating, peak_mb = sum(gc()[, 6]),
  survey = as.character(packageVersion("survey"))
), auto_unbox = TRUE, digits = 3), "\n", sep = "")
