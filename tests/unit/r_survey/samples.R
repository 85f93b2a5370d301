# Small samples of our own, on which the estimates of survey_estimates are held against R's.
# Not here: what R makes of them (answers.R), and reading or writing them (verify.R).
#
# A sample is a data frame with a row for each respondent:
#   stratum, stratum_population (NA: not known, no finite population correction), weight (NA or 0: outside the
#   design), code (1-5 or 1-7 answers, 8 and 9 don't know, NA no answer), value (where it is not the code itself),
#   category (of one breakdown), is_member (of the smaller population).
# Samples with `wave` in the name are waves of one survey; every other one is a survey of its own.

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

# Answers around a middle that differs between strata and categories, so that domains differ and covary.
answered <- function(n, stratum = "all", stratum_population = NA, points = 5, weight = runif(n, 0.2, 5),
                     category = sample(c("a", "b", "c"), n, TRUE, c(0.5, 0.3, 0.2))) {
  number <- function(text) as.numeric(factor(rep_len(text, n)))
  middle <- (points + 1) / 2 + number(stratum) %% 3 - 1 + number(category) / 3
  code <- pmin(pmax(round(rnorm(n, middle, points / 5)), 1), points)
  code[runif(n) < 0.1] <- 8
  code[runif(n) < 0.08] <- NA
  data.frame(
    stratum = stratum, stratum_population = stratum_population, weight = weight, code = code,
    category = category, is_member = runif(n) < 0.7
  )
}

# -3 .. +3, stored as 1 .. 7, to 0 .. 10.
on_0_to_10 <- function(data) {
  x <- data$code - 4
  data$value <- ifelse(data$code <= 7, (x + 3) * 10 / 6, NA)
  data
}

uneven <- function(n) 10^runif(n, -3, log10(500))

# A sample that does not depend on those before it: the draws are made here, after the seed is set.
drawn <- function(seed, data) {
  set.seed(seed)
  data
}

# Outside are rows without weight, or with weight 0: of one stratum all, of another all but one.
samples$rows_outside_the_design <- drawn(1, {
  size <- c(20, 25, 26, 4, 5)
  data <- answered(
    80, rep(c("north", "east", "south", "gone", "left_alone"), size), rep(c(60, 300, 95, 40, 30), size)
  )
  data$weight[sample(71, 14)] <- c(NA, 0)
  data$weight[data$stratum == "gone"] <- c(NA, 0)
  data$weight[data$stratum == "left_alone"] <- c(1.25, NA, 0, 0, NA)
  data$code[data$stratum == "left_alone"] <- 3
  data$code[data$stratum == "gone"] <- 5
  data$category[data$stratum == "gone"] <- "d" # no row of it is in the design: an empty domain
  data
})
samples$rows_outside_the_design_of_one_stratum <- drawn(2, {
  data <- answered(70)
  data$weight[sample(70, 20)] <- c(NA, 0)
  data
})
samples$fpc_in_some_strata <- drawn(3, {
  size <- c(30, 40, 12, 1)
  answered(83, rep(c("known", "unknown", "whole", "alone"), size), rep(c(90, NA, 12, NA), size))
})
samples$uneven_weights <- drawn(4, on_0_to_10(answered(1200, points = 7, weight = uneven(1200))))
samples$uneven_weights_in_strata <- drawn(5, {
  size <- c(20, 35, 55, 70, 80, 100)
  answered(360, rep(letters[1:6], size), rep(c(45, 3000, NA, 141, NA, 100000), size), weight = uneven(360))
})
# As calibrated to the adult population: large weights, and their sum is that of the strata.
samples$weights_to_the_population <- drawn(6, {
  size <- c(60, 90, 150)
  population <- rep(c(612345, 1398765, 2301890), size)
  weight <- rlnorm(300, 0, 0.6)
  stratum <- rep(c("f", "g", "h"), size)
  weight <- weight / ave(weight, stratum, FUN = sum) * population
  on_0_to_10(answered(300, stratum, population, points = 7, weight = weight))
})
# Little variance around a large mean: what is lost when squares are subtracted shows here.
samples$nearly_all_alike <- drawn(7, {
  data <- answered(400, points = 7, weight = uneven(400))
  data$code <- 7
  data$code[c(17, 120, 333)] <- c(6, 6, 5)
  data$weight[c(17, 120, 333)] <- c(0.9876543210123, 7.25, 3.125)
  on_0_to_10(data)
})
samples$one_weight_dominates <- drawn(8, {
  data <- answered(45, points = 7, weight = runif(45, 0.05, 0.5), category = rep(c("a", "b", "c"), each = 15))
  data$weight[c(3, 18, 33)] <- c(500, 480.123456789, 499.99)
  data$code[c(3, 18, 33)] <- c(6, 3, 7)
  on_0_to_10(data)
})
samples$seven_point_scale <- drawn(9, {
  on_0_to_10(answered(240, rep(c("x", "y", "z"), c(40, 80, 120)), points = 7, weight = runif(240, 0.3, 3)))
})
# A stratum with one row, one in which one row answered, one in which none did; in category b one answer, in c none.
hardly_any_answers <- drawn(10, {
  size <- c(1, 10, 8, 26)
  data <- answered(45, rep(c("alone", "one_answer", "no_answer", "rest"), size))
  data$category <- rep(c("a", "b", "c"), length.out = 45)
  data$category[1:2] <- "a"
  data$code[data$category == "b"] <- NA
  data$code[data$category == "c"] <- NA
  data$code[data$stratum %in% c("one_answer", "no_answer")] <- NA
  data$code[1:2] <- c(5, 2)
  data$code[which(data$category == "b")[9]] <- 4
  data$is_member[1:2] <- TRUE
  data
})
samples$hardly_any_answers <- hardly_any_answers
samples$hardly_any_answers_with_fpc <- transform(
  hardly_any_answers,
  stratum_population = c(alone = 3, one_answer = 40, no_answer = 30, rest = 90)[stratum]
)
# The strata differ much and the categories lie in all of them: their means covary.
samples$categories_across_strata <- drawn(11, {
  size <- c(30, 40, 50, 60)
  data <- answered(180, rep(c("p", "q", "r", "s"), size), rep(c(60, 70, 500, NA), size), points = 7)
  data$code <- ifelse(data$code < 8, pmin(pmax(data$code + rep(c(-3, 3, 0, 2), size), 1), 7), data$code)
  on_0_to_10(data)
})
# Three waves of one survey: designs, categories, and the level change.
samples$wave_1 <- drawn(12, {
  size <- c(50, 70)
  on_0_to_10(answered(
    120, rep(c("x", "y"), size), rep(c(80, 900), size),
    points = 7, category = sample(c("a", "b"), 120, TRUE)
  ))
})
samples$wave_2 <- drawn(13, {
  data <- answered(150, rep(c("u", "v", "w"), each = 50), points = 7, weight = uneven(150))
  data$weight[sample(150, 12)] <- c(NA, 0)
  on_0_to_10(data)
})
samples$wave_3 <- drawn(14, {
  size <- c(60, 1, 79)
  data <- answered(140, rep(c("x", "alone", "z"), size), rep(c(120, 4, NA), size), points = 7)
  data$code <- ifelse(data$code < 7, data$code + 1, data$code)
  on_0_to_10(data)
})
