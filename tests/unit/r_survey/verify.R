# What R's survey package makes of some small samples: the yardstick for dbt's survey_estimates.
# Writes cases.json beside this file: the samples, and R's answers. Tests read it; R is needed only here:
#   Rscript verify.R
#
# Domains are domains (subset of the design), not filtered samples. A stratum with one row is centred at
# the mean of all (survey.lonely.psu = "adjust"). Medians are those of qrule "school", and left out (null)
# where the row with the lowest value has more than half of the weight: survey 4.1.1 passes it over.
# A don't-know has no value: it is never in the base of a mean or a median.
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
options(survey.lonely.psu = "adjust", digits = 17)
set.seed(20260101)

codes <- c(1, 2, 3, 4, 5, 8, 9) # 8 and 9: not relevant, don't know
sample_of <- function(n, weight, stratum, stratum_population, code = sample(codes, n, TRUE)) {
  data.frame(
    stratum = stratum,
    stratum_population = stratum_population,
    weight = weight,
    # NA is a respondent without an answer.
    code = ifelse(runif(n) < 0.08, NA, code),
    category = sample(c("a", "b", "c"), n, TRUE, c(0.6, 0.3, 0.1)),
    is_member = runif(n) < 0.7
  )
}

strata <- rep(c("north", "east", "south", "west"), c(8, 25, 40, 17))
strata_size <- c(north = 12, east = 300, south = 95, west = 1000)
samples <- list(
  four_of_five = data.frame(
    stratum = "all", stratum_population = 5, weight = 1, code = c(1, 1, 2, 9), category = "a", is_member = TRUE
  ),
  one_stratum_with_fpc = sample_of(120, 1, "all", 356),
  weights_without_fpc = sample_of(90, round(runif(90, 0.2, 5), 3), "all", NA),
  strata_with_fpc = sample_of(90, round(runif(90, 0.2, 5), 3), strata, unname(strata_size[strata])),
  strata_without_fpc = sample_of(90, round(runif(90, 0.2, 5), 3), strata, NA),
  stratum_of_one_row = sample_of(41, round(runif(41, 0.5, 2), 2), c("alone", rep(c("x", "y"), each = 20)), NA),
  stratum_of_one_row_with_fpc = sample_of(
    41, round(runif(41, 0.5, 2), 2), c("alone", rep(c("x", "y"), each = 20)), rep(c(3, 50, 400), c(1, 20, 20))
  ),
  stratum_taken_whole = sample_of(60, 1, rep(c("whole", "part"), c(20, 40)), rep(c(20, 400), c(20, 40))),
  everyone_asked = sample_of(30, 1, "all", 30),
  all_answer_alike = sample_of(50, round(runif(50, 0.2, 5), 3), "all", 500, code = rep(4, 50))
)
# Every stratum is known to be in the sample, but not in every domain.
samples$strata_with_fpc$category[samples$strata_with_fpc$stratum == "north"] <- "a"

is_dont_know <- function(code) !is.na(code) & code >= 8
statistics <- rbind(
  expand.grid(statistic = "share", code_from = codes, dont_know_in_base = c(TRUE, FALSE)),
  expand.grid(statistic = "share_of_top2", code_from = 4, dont_know_in_base = c(TRUE, FALSE)),
  expand.grid(statistic = c("mean", "median"), code_from = NA, dont_know_in_base = c(TRUE, FALSE))
)
statistics <- statistics[!(statistics$code_from %in% c(8, 9) & !statistics$dont_know_in_base), ]

answers_of <- function(data) {
  fpc <- if (all(is.na(data$stratum_population))) NULL else ~stratum_population
  design <- svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = fpc, data = data)
  rows <- list()
  for (population in c("everyone", "members")) {
    for (category in c("all", sort(unique(data$category)))) {
      for (i in seq_len(nrow(statistics))) {
        asked <- statistics[i, ]
        is_share <- !(asked$statistic %in% c("mean", "median"))
        in_base <- !is.na(data$code) &
          ((is_share & asked$dont_know_in_base) | !is_dont_know(data$code)) &
          (population == "everyone" | data$is_member) &
          (category == "all" | data$category == category)
        if (!any(in_base)) next
        domain <- subset(design, in_base)
        code_to <- if (asked$statistic == "share_of_top2") 5 else asked$code_from
        if (asked$statistic == "median") {
          estimate <- svyquantile(~code, domain, 0.5, ci = FALSE, qrule = "school")$code[1]
          lowest <- order(data$code[in_base])[1]
          if (2 * data$weight[in_base][lowest] > sum(data$weight[in_base])) estimate <- NA
          std_error <- lower <- upper <- NA
        } else {
          domain <- if (asked$statistic == "mean") {
            update(domain, y = code)
          } else {
            update(domain, y = as.numeric(code >= asked$code_from & code <= code_to))
          }
          found <- svymean(~y, domain)
          estimate <- coef(found)[[1]]
          std_error <- SE(found)[[1]]
          lower <- confint(found)[1]
          upper <- confint(found)[2]
        }
        rows[[length(rows) + 1]] <- data.frame(
          population = population, category = category,
          statistic = if (asked$statistic == "share_of_top2") "share" else as.character(asked$statistic),
          code_from = asked$code_from, code_to = code_to, dont_know_in_base = asked$dont_know_in_base,
          n_answers = sum(in_base), sum_weights = sum(data$weight[in_base]),
          estimate = estimate, std_error = std_error, ci_lower = lower, ci_upper = upper
        )
      }
    }
  }
  do.call(rbind, rows)
}

result <- list(
  made_with = list(R = R.version$version.string, survey = as.character(packageVersion("survey"))),
  cases = lapply(samples, function(data) list(sample = as.list(data), answers = as.list(answers_of(data))))
)
folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
text <- toJSON(result, digits = I(17), na = "null", auto_unbox = TRUE)
# One column a line.
writeLines(gsub("([]}]),\"", "\\1,\n\"", text), file.path(folder, "cases.json"), useBytes = TRUE)
