# What R's survey package says of a sample: estimates, and differences between categories and between waves.
# Not here: the samples (samples.R), and comparing or writing (verify.R).
#
# Rows without a weight, or with weight 0, are dropped before the design is made: they do not count in the n of
# their stratum. Domains are domains (subset of the design), not filtered samples, and so are missing answers.
# A stratum with one row is centred at the mean of all (survey.lonely.psu = "adjust"); a stratum with several rows
# of which one is in the domain is an ordinary one (survey.adjust.domain.lonely = FALSE, R's default). A stratum
# without a known population beside others with one has an infinite population. Medians are those of qrule
# "school", and left out (null) where the row with the lowest value has more than half of the weight: survey
# 4.1.1 passes it over. Intervals of means and p-values are those of the normal distribution; intervals of shares are
# those of svyciprop's "xlogit", and at 0 and 1 those of binom.test on the answers without weights. Design effects are
# over sampling with replacement. p_adjusted is Holm's.
options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = FALSE)

is_dont_know <- function(code) !is.na(code) & code >= 8

# One row per statistic to ask for. A don't-know has no value: it is never in the base of a mean or a median.
statistics_of <- function(data) {
  highest <- if (any(data$code %in% 6:7)) 7 else 5
  asked <- rbind(
    expand.grid(statistic = "share", code_from = c(1:highest, 8, 9), dont_know_in_base = c(TRUE, FALSE)),
    expand.grid(statistic = "share_of_top2", code_from = highest - 1, dont_know_in_base = c(TRUE, FALSE)),
    expand.grid(statistic = c("mean", "median"), code_from = NA, dont_know_in_base = c(TRUE, FALSE))
  )
  asked <- asked[!(asked$code_from %in% c(8, 9) & !asked$dont_know_in_base), ]
  asked$code_to <- ifelse(asked$statistic == "share_of_top2", highest, asked$code_from)
  asked$statistic <- sub("share_of_top2", "share", asked$statistic)
  asked
}

# The rows that are in the design, with `value` for every one.
in_design <- function(data) {
  data <- data[!is.na(data$weight) & data$weight > 0, ]
  if (is.null(data$value)) data$value <- ifelse(is_dont_know(data$code), NA, data$code)
  data
}

design_of <- function(data) {
  fpc <- if (all(is.na(data$stratum_population))) NULL else ~stratum_population
  data$stratum_population[is.na(data$stratum_population)] <- Inf
  svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = fpc, data = data)
}

# TRUE for the rows of `data` in the base of a statistic.
in_base <- function(data, asked, population, category = "all") {
  has_answer <- !is.na(data$code) & ((asked$statistic == "share" & asked$dont_know_in_base) | !is_dont_know(data$code))
  has_answer & (population == "everyone" | data$is_member) & (category == "all" | data$category == category)
}

# The part of the design in the base, with y: 1 or 0 for a share, the value otherwise.
domain_of <- function(design, base, asked) {
  y <- if (asked$statistic == "share") {
    as.numeric(design$variables$code >= asked$code_from & design$variables$code <= asked$code_to)
  } else {
    design$variables$value
  }
  subset(update(design, y = y), base)
}

median_of <- function(domain, data) {
  lowest <- order(data$value)[1]
  if (2 * data$weight[lowest] > sum(data$weight)) return(NA)
  svyquantile(~y, domain, 0.5, ci = FALSE, qrule = "school")$y[1]
}

# Lower and upper limit of the 95 % interval; binom.test is one-sided where nobody, or everybody, gave the answer.
interval_of <- function(mean, domain, asked, n) {
  if (asked$statistic != "share") return(confint(mean))
  if (length(unique(domain$variables$y)) < 2) return(binom.test(domain$variables$y[1] * n, n)$conf.int)
  confint(svyciprop(~y, domain, method = "xlogit", df = Inf))
}

# NA where all answer alike: nothing varies in either design.
design_effect_of <- function(domain) {
  if (length(unique(domain$variables$y)) < 2) return(NA)
  deff(svymean(~y, domain, deff = "replace"))
}

answers_of <- function(data) {
  data <- in_design(data)
  design <- design_of(data)
  statistics <- statistics_of(data)
  rows <- list()
  for (population in c("everyone", "members")) {
    for (category in c("all", sort(unique(data$category)))) {
      for (i in seq_len(nrow(statistics))) {
        asked <- statistics[i, ]
        base <- in_base(data, asked, population, category)
        if (!any(base)) next
        domain <- domain_of(design, base, asked)
        if (asked$statistic == "median") {
          found <- c(median_of(domain, data[base, ]), NA, NA, NA, NA)
        } else {
          mean <- svymean(~y, domain)
          found <- c(coef(mean), SE(mean), interval_of(mean, domain, asked, sum(base)), design_effect_of(domain))
        }
        rows[[length(rows) + 1]] <- data.frame(
          population = population, category = category, statistic = asked$statistic,
          code_from = asked$code_from, code_to = asked$code_to, dont_know_in_base = asked$dont_know_in_base,
          n_answers = sum(base), sum_weights = sum(data$weight[base]),
          estimate = found[1], std_error = found[2], ci_lower = found[3], ci_upper = found[4],
          design_effect = found[5]
        )
      }
    }
  }
  do.call(rbind, rows)
}

# The estimates of each case standardised to the mix of categories of another (the proportions of everyone, and of
# members, in its design).
standardised_of <- function(data, reference) {
  data <- in_design(data)
  reference <- in_design(reference)
  design <- design_of(data)
  statistics <- subset(statistics_of(data), statistic != "median")
  rows <- list()
  for (population in c("everyone", "members")) {
    mix <- prop.table(table(reference$category[population == "everyone" | reference$is_member]))
    for (i in seq_len(nrow(statistics))) {
      asked <- statistics[i, ]
      base <- in_base(data, asked, population) & data$category %in% names(mix)
      if (!all(names(mix) %in% data$category[base])) next
      domain <- domain_of(update(design, cell = factor(category, names(mix))), base, asked)
      standardised <- svymean(~y, svystandardize(domain, by = ~cell, population = as.vector(mix)))
      rows[[length(rows) + 1]] <- data.frame(
        population = population, statistic = asked$statistic, code_from = asked$code_from, code_to = asked$code_to,
        dont_know_in_base = asked$dont_know_in_base, n_answers = sum(base), estimate = coef(standardised)[[1]],
        std_error = SE(standardised)[[1]]
      )
    }
  }
  do.call(rbind, rows)
}

# One row of differences. Without variance, of one side or the difference, there is nothing to test: p is NA.
difference <- function(kind, from_wave, population, categories, asked, n_answers, estimates, errors, difference, std_error) {
  data.frame(
    kind = kind, from_wave = from_wave, population = population,
    from_category = categories[1], to_category = categories[2], statistic = asked$statistic,
    code_from = asked$code_from, code_to = asked$code_to, dont_know_in_base = asked$dont_know_in_base,
    from_n_answers = n_answers[1], to_n_answers = n_answers[2],
    from_estimate = estimates[1], to_estimate = estimates[2], difference = difference, std_error = std_error,
    p_value = if (min(errors, std_error) < 1e-12) NA else 2 * pnorm(-abs(difference / std_error))
  )
}

no_difference <- difference("", 0L, "", c("", ""), list(statistic = "", code_from = 0, code_to = 0,
  dont_know_in_base = NA), c(0L, 0L), c(0, 0), c(0, 0), 0, 0)[0, ]

# Every pair of categories within the sample, second minus first, with the covariance between the two domains.
category_differences_of <- function(data, wave) {
  data <- in_design(data)
  design <- design_of(data)
  statistics <- subset(statistics_of(data), statistic != "median")
  rows <- list(no_difference)
  for (population in c("everyone", "members")) {
    for (i in seq_len(nrow(statistics))) {
      asked <- statistics[i, ]
      base <- in_base(data, asked, population)
      answered <- table(data$category[base])
      if (length(answered) < 2) next
      by_category <- svyby(~y, ~category, domain_of(design, base, asked), svymean, covmat = TRUE)
      for (pair in combn(names(answered), 2, simplify = FALSE)) {
        contrast <- svycontrast(by_category, (names(answered) == pair[2]) - (names(answered) == pair[1]))
        rows[[length(rows) + 1]] <- difference(
          "category", wave, population, pair, asked, as.vector(answered[pair]), coef(by_category)[pair],
          setNames(SE(by_category), names(answered))[pair], coef(contrast)[[1]], SE(contrast)[[1]]
        )
      }
    }
  }
  do.call(rbind, rows)
}

# Every estimate that two waves have in common, later minus earlier. The samples are independent: variances add.
wave_differences_of <- function(earlier, from_wave, later) {
  key <- c("population", "category", "statistic", "code_from", "code_to", "dont_know_in_base")
  both <- merge(earlier, later, by = key, suffixes = c("_from", "_to"), sort = FALSE)
  rows <- lapply(which(both$statistic != "median"), function(i) {
    row <- both[i, ]
    difference(
      "wave", from_wave, row$population, rep(row$category, 2), row, c(row$n_answers_from, row$n_answers_to),
      c(row$estimate_from, row$estimate_to), c(row$std_error_from, row$std_error_to),
      row$estimate_to - row$estimate_from,
      sqrt(row$std_error_from^2 + row$std_error_to^2)
    )
  })
  do.call(rbind, rows)
}

# The differences of categories with p adjusted (Holm): a family are all pairs of one statistic.
adjusted <- function(rows) {
  family <- paste(rows$population, rows$statistic, rows$code_from, rows$code_to, rows$dont_know_in_base)
  rows$p_adjusted <- if (nrow(rows)) ave(rows$p_value, family, FUN = function(p) p.adjust(p, "holm")) else numeric()
  rows
}
