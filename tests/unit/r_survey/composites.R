# What R's survey package says of a mean of question means, each counting the same (6 - mean where reversed), and samples to ask on.
# Not here: the formula of the project. R linearises here, in two ways of its own; reading and writing is verify.R.
#
# A sample is a data frame with a row for each respondent of the design: stratum, sektor and kommunestorrelse (the
# domains; NA belongs to none), and a column for each question, NA where it is not answered. Without a column weight all
# weigh 1, without a column stratum_population (of how many each stratum is drawn) strata are drawn with replacement.
# Lonely strata as in answers.R. Domains are domains, and so are missing answers.
# A question that nobody of a domain answers is not part of the composite there.

# One row per domain in which anybody answers; is_reversed is {question: TRUE or FALSE}.
composites_of <- function(data, is_reversed) {
  domains <- list(all = rep(TRUE, nrow(data)))
  for (column in c("sektor", "kommunestorrelse")) {
    for (category in sort(unique(data[[column]]))) {
      name <- if (column == "sektor") category else paste0("kommune_", category)
      domains[[name]] <- data[[column]] %in% category
    }
  }
  do.call(rbind, lapply(names(domains), function(name) {
    is_answered <- !is.na(as.matrix(data[names(is_reversed)])) & domains[[name]]
    asked <- names(is_reversed)[colSums(is_answered) > 0]
    if (!length(asked)) return(NULL)
    turned <- as.data.frame(Map(function(y, is_reversed) if (is_reversed) 6 - y else y, data[asked], is_reversed[asked]))
    design <- svydesign(
      ids = ~1, strata = ~stratum, weights = if ("weight" %in% names(data)) ~weight else ~1,
      fpc = if ("stratum_population" %in% names(data)) ~stratum_population,
      data = cbind(data[intersect(c("stratum", "weight", "stratum_population"), names(data))], turned)
    )
    found <- by_influence(design, is_answered[, asked, drop = FALSE])
    stopifnot(all(abs(found - by_delta_method(design, is_answered[, asked, drop = FALSE])) < 1e-14))
    data.frame(
      sektor = name, n_questions = length(asked), n_respondents = sum(rowSums(is_answered) > 0),
      value = found[1], std_error = sqrt(max(found[2], 0)), row.names = NULL
    )
  }))
}

# c(value, variance), from the influence of each respondent on each mean of a domain, added up over the questions.
by_influence <- function(design, is_answered) {
  value <- 0
  influence <- numeric(nrow(is_answered))
  for (question in colnames(is_answered)) {
    rows <- is_answered[, question]
    mean <- svymean(as.formula(paste0("~", question)), subset(design, rows), influence = TRUE)
    value <- value + coef(mean) / ncol(is_answered)
    influence[rows] <- influence[rows] + attr(mean, "influence") / ncol(is_answered)
  }
  c(value, svyrecvar(influence, design$cluster, design$strata, design$fpc)[1, 1])
}

# The same from totals over the whole design, and the derivatives that R makes of the composite of them.
by_delta_method <- function(design, is_answered) {
  questions <- colnames(is_answered)
  y <- replace(as.matrix(design$variables[questions]), !is_answered, 0)
  totals <- svytotal(cbind(y, is_answered * 1), design)
  names(totals) <- c(paste0("sum_", questions), paste0("n_", questions))
  attr(totals, "var") <- provideDimnames(vcov(totals), base = list(names(totals)))
  means <- paste0("sum_", questions, " / n_", questions, collapse = " + ")
  composite <- svycontrast(totals, list(composite = str2lang(sprintf("(%s) / %d", means, length(questions)))))
  c(coef(composite), vcov(composite)[1])
}

# {name: list(is_reversed, sample)}.
composite_samples <- function() {
  # Answers of one respondent go together: each has a level of its own, beside that of the stratum.
  answers <- function(level, n_questions, missing) {
    own <- level + rnorm(length(level), 0, 0.8)
    y <- sapply(seq_len(n_questions), function(i) pmin(pmax(round(own + rnorm(length(own), i / 5 - 0.5, 0.7)), 1), 5))
    y[runif(length(y)) < missing] <- NA
    as.data.frame(`colnames<-`(y, paste0("q", seq_len(n_questions))))
  }
  sample_of <- function(seed, size, n_questions, reversed = integer(), missing = 0.2) {
    set.seed(seed)
    stratum <- rep(names(size), size)
    y <- answers(2 + match(stratum, names(size)) / 2, n_questions, missing)
    is_kommune <- stratum == "kommune"
    kommunestorrelse <- ifelse(is_kommune, sample(c("liten", "mellomstor", "stor"), length(stratum), TRUE), NA)
    sektor <- ifelse(stratum == "innbygger", NA, stratum)
    list(
      is_reversed = setNames(seq_len(n_questions) %in% reversed, names(y)),
      sample = cbind(data.frame(stratum, sektor, kommunestorrelse), y)
    )
  }
  of_domain <- function(case, n_domains) {
    case$sample$sektor <- sample(c(letters[seq_len(n_domains)], NA), nrow(case$sample), TRUE)
    case
  }
  # Weights that differ within a stratum, and of how many each stratum is drawn.
  of_design <- function(case, population = NULL) {
    case$sample$weight <- round(runif(nrow(case$sample), 0.2, 3), 3)
    if (!is.null(population)) case$sample$stratum_population <- unname(population[case$sample$stratum])
    case
  }
  cases <- list(
    one_question = sample_of(1, c(stat = 12, kommune = 30), 1, missing = 0.1),
    agencies_and_kommuner = sample_of(2, c(stat = 40, kommune = 75), 5, reversed = c(2, 5)),
    all_reversed = sample_of(3, c(stat = 20, kommune = 25), 3, reversed = 1:3),
    with_citizens = sample_of(4, c(stat = 30, kommune = 40, innbygger = 90), 6, reversed = 3),
    domains_across_strata = of_domain(sample_of(5, c(north = 35, east = 20, south = 60), 4, reversed = 1), 3),
    stratum_of_one = of_domain(sample_of(6, c(alone = 1, x = 22, y = 31), 4, reversed = c(1, 3)), 2),
    two_strata_of_one = of_domain(sample_of(7, c(alone = 1, lonely = 1, rest = 25), 3, reversed = 2), 2),
    hardly_any_answers = of_domain(sample_of(8, c(stat = 18, kommune = 24), 5, reversed = 4, missing = 0.85), 3),
    one_respondent_of_a_domain = sample_of(9, c(stat = 9, kommune = 14), 3, reversed = 1, missing = 0),
    weighted = of_design(sample_of(10, c(stat = 30, kommune = 55), 4, reversed = c(2, 4))),
    finite_strata = of_design(
      sample_of(11, c(stat = 24, kommune = 60, innbygger = 40), 3, reversed = 1), c(stat = 30, kommune = 357, innbygger = 4e6)
    )
  )
  # Citizens are asked questions of their own.
  is_citizen <- cases$with_citizens$sample$stratum == "innbygger"
  cases$with_citizens$sample[is_citizen, paste0("q", 1:4)] <- NA
  cases$with_citizens$sample[!is_citizen, paste0("q", 5:6)] <- NA
  # One question is asked of agencies only; and some of the design answer nothing.
  cases$agencies_and_kommuner$sample[cases$agencies_and_kommuner$sample$stratum == "kommune", "q1"] <- NA
  cases$agencies_and_kommuner$sample[c(3, 50, 51, 110), paste0("q", 1:5)] <- NA
  # The one of a stratum belongs to a domain, and answers not like the others.
  cases$stratum_of_one$sample[1, c("sektor", paste0("q", 1:4))] <- list("a", 5, 1, 4, NA)
  cases$two_strata_of_one$sample[1, c("sektor", paste0("q", 1:3))] <- list("a", 1, 5, 2)
  cases$two_strata_of_one$sample[2, c("sektor", paste0("q", 1:3))] <- list("b", NA, NA, 5)
  cases$one_respondent_of_a_domain$sample$sektor <- rep(c("alone", "others"), c(1, 22))
  cases
}
