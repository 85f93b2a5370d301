# The yardstick for the estimates of this project: what R's survey package says of the samples in samples.R and
# composites.R.
# Not here: the comparison with the project's own estimates, which needs no R (tests/unit).
#
#   Rscript verify.R           draws the samples, asks R, writes cases.json and composites.json beside this file
#   Rscript verify.R --check   reads the samples of both, asks R again, and fails on another answer
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(folder, "answers.R"))
source(file.path(folder, "composites.R"))
options(warn = 2)
tolerance <- 1e-12

# One case per sample: list(survey, wave, sample, answers, differences), the last three as data frames.
cases_of <- function(samples) {
  is_wave <- grepl("^wave_", names(samples))
  wave <- ifelse(is_wave, sub("^wave_", "", names(samples)), "1")
  cases <- Map(function(name, sample, survey, wave) {
    answers <- answers_of(sample)
    list(
      survey = survey, wave = wave, sample = sample, answers = answers,
      differences = category_differences_of(sample, wave),
      standardised = if (name != "four_of_five") standardised_of(sample, samples$one_stratum_with_fpc)
    )
  }, names(samples), samples, ifelse(is_wave, "waves", names(samples)), as.integer(wave))
  lapply(cases, function(case) {
    earlier <- Filter(function(other) other$survey == case$survey && other$wave < case$wave, cases)
    between <- lapply(earlier, function(other) wave_differences_of(other$answers, other$wave, case$answers))
    between <- lapply(unname(between), function(rows) cbind(rows, p_adjusted = rep(NA_real_, nrow(rows))))
    case$differences <- do.call(rbind, c(list(adjusted(case$differences)), between))
    case
  })
}

# One case per sample: list(questions, sample, composites), data frames.
composite_cases_of <- function(samples) {
  lapply(samples, function(case) {
    questions <- data.frame(question = names(case$is_reversed), is_reversed = unname(case$is_reversed))
    list(questions = questions, sample = case$sample, composites = composites_of(case$sample, case$is_reversed))
  })
}

# A number as the shortest text that reads as the same double: at most 17 significant digits (toJSON stops at 15).
exact <- function(numbers) {
  text <- rep("null", length(numbers))
  for (format in c("%.15g", "%.16g", "%.17g")) {
    open <- which(!is.na(numbers) & (text == "null" | suppressWarnings(as.numeric(text)) != numbers))
    text[open] <- sprintf(format, numbers[open])
  }
  text
}

# `blocks` are the data frames of a case.
write_cases <- function(cases, name, blocks) {
  as_columns <- function(rows) {
    lapply(as.list(rows), function(column) {
      if (!is.numeric(column)) return(I(column))
      structure(paste0("[", paste(exact(column), collapse = ","), "]"), class = "json")
    })
  }
  result <- list(
    made_with = list(R = R.version$version.string, survey = as.character(packageVersion("survey"))),
    cases = lapply(cases, function(case) {
      case[blocks] <- lapply(case[blocks], as_columns)
      case
    })
  )
  text <- toJSON(result, na = "null", auto_unbox = TRUE, json_verbatim = TRUE)
  # One column a line.
  writeLines(gsub("([]}]),\"", "\\1,\n\"", text), file.path(folder, name), useBytes = TRUE)
  cat("wrote", length(cases), "cases to", name, "\n")
}

# Messages on every value of `found`, a data frame, that is not the committed one, a list of columns.
compare <- function(case, block, committed, found) {
  where <- paste0(case, ", ", block)
  if (!identical(names(committed), names(found))) {
    return(sprintf("%s: columns are %s, committed are %s", where, toString(names(found)), toString(names(committed))))
  }
  if (any(lengths(committed) != nrow(found))) {
    return(sprintf("%s: %d rows, committed are %s", where, nrow(found), toString(unique(lengths(committed)))))
  }
  unlist(lapply(names(found), function(column) {
    new <- found[[column]]
    old <- committed[[column]]
    if (length(new) == 0) return(NULL)
    is_same <- if (is.character(new)) new == old else abs(new - old) <= tolerance * pmax(1, abs(old))
    is_same <- ifelse(is.na(new) | is.na(old), is.na(new) & is.na(old), is_same)
    row <- which(!is_same)
    shown <- function(values) format(values[row], digits = 17)
    if (length(row)) sprintf("%s, %s, row %d: %s, committed is %s", where, column, row, shown(new), shown(old))
  }))
}

# The cases of a file, after saying which versions are compared.
committed_in <- function(name) {
  committed <- fromJSON(file.path(folder, name))
  cat(
    "R", as.character(getRversion()), "with survey", as.character(packageVersion("survey")), "against",
    name, "of", committed$made_with$R, "with survey", committed$made_with$survey, "\n"
  )
  committed$cases
}

check_cases <- function() {
  committed <- committed_in("cases.json")
  found <- cases_of(lapply(committed, function(case) as.data.frame(case$sample)))
  messages <- character()
  for (name in names(found)) {
    case <- committed[[name]]
    new <- c(
      if (!identical(c(case$survey, case$wave), c(found[[name]]$survey, found[[name]]$wave))) {
        paste0(name, ": another survey or wave")
      },
      compare(name, "answers", case$answers, found[[name]]$answers),
      compare(name, "differences", case$differences, found[[name]]$differences),
      if (length(case$standardised)) compare(name, "standardised", case$standardised, found[[name]]$standardised)
    )
    messages <- c(messages, new)
    cat(sprintf(
      "%-40s %5d respondents %5d estimates %5d differences   %s\n", name, nrow(found[[name]]$sample),
      nrow(found[[name]]$answers), NROW(found[[name]]$differences), if (length(new)) "DIFFERS" else "equal"
    ))
  }
  messages
}

check_composites <- function() {
  committed <- committed_in("composites.json")
  found <- composite_cases_of(lapply(committed, function(case) {
    is_reversed <- setNames(case$questions$is_reversed, case$questions$question)
    list(is_reversed = is_reversed, sample = as.data.frame(case$sample))
  }))
  messages <- character()
  for (name in names(found)) {
    new <- compare(name, "composites", committed[[name]]$composites, found[[name]]$composites)
    messages <- c(messages, new)
    cat(sprintf(
      "%-40s %5d respondents %5d composites   %s\n", name, nrow(found[[name]]$sample),
      nrow(found[[name]]$composites), if (length(new)) "DIFFERS" else "equal"
    ))
  }
  messages
}

if ("--check" %in% commandArgs(TRUE)) {
  messages <- c(check_cases(), check_composites())
  if (length(messages)) {
    cat(head(messages, 20), sep = "\n")
    cat(length(messages), "values differ by more than", tolerance, "\n")
    quit(status = 1)
  }
  cat("every estimate, standard error, interval and p-value is the committed one, to", tolerance, "\n")
} else {
  source(file.path(folder, "samples.R"))
  write_cases(cases_of(samples), "cases.json", c("sample", "answers", "differences", "standardised"))
  composites <- composite_cases_of(composite_samples())
  write_cases(composites, "composites.json", c("questions", "sample", "composites"))
}
