# The yardstick for the estimates of this project: what R's survey package says of the samples in samples.R.
# Not here: the comparison with the project's own estimates, which needs no R (tests/unit).
#
#   Rscript verify.R           draws the samples, asks R, writes cases.json beside this file
#   Rscript verify.R --check   reads the samples of cases.json, asks R again, and fails on another answer
suppressPackageStartupMessages({
  library(survey)
  library(jsonlite)
})
folder <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
file <- file.path(folder, "cases.json")
source(file.path(folder, "answers.R"))
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
      differences = category_differences_of(sample, wave)
    )
  }, names(samples), samples, ifelse(is_wave, "waves", names(samples)), as.integer(wave))
  lapply(cases, function(case) {
    earlier <- Filter(function(other) other$survey == case$survey && other$wave < case$wave, cases)
    between <- lapply(earlier, function(other) wave_differences_of(other$answers, other$wave, case$answers))
    case$differences <- do.call(rbind, c(list(case$differences), unname(between)))
    case
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

write_cases <- function(cases) {
  as_columns <- function(rows) {
    lapply(as.list(rows), function(column) {
      if (!is.numeric(column)) return(I(column))
      structure(paste0("[", paste(exact(column), collapse = ","), "]"), class = "json")
    })
  }
  result <- list(
    made_with = list(R = R.version$version.string, survey = as.character(packageVersion("survey"))),
    cases = lapply(cases, function(case) {
      blocks <- c("sample", "answers", "differences")
      case[blocks] <- lapply(case[blocks], as_columns)
      case
    })
  )
  text <- toJSON(result, na = "null", auto_unbox = TRUE, json_verbatim = TRUE)
  # One column a line.
  writeLines(gsub("([]}]),\"", "\\1,\n\"", text), file, useBytes = TRUE)
  cat("wrote", length(cases), "cases to", basename(file), "\n")
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

check_cases <- function() {
  committed <- fromJSON(file)
  cat(
    "R", as.character(getRversion()), "with survey", as.character(packageVersion("survey")), "against",
    basename(file), "of", committed$made_with$R, "with survey", committed$made_with$survey, "\n"
  )
  found <- cases_of(lapply(committed$cases, function(case) as.data.frame(case$sample)))
  messages <- character()
  for (name in names(found)) {
    case <- committed$cases[[name]]
    new <- c(
      if (!identical(c(case$survey, case$wave), c(found[[name]]$survey, found[[name]]$wave))) {
        paste0(name, ": another survey or wave")
      },
      compare(name, "answers", case$answers, found[[name]]$answers),
      compare(name, "differences", case$differences, found[[name]]$differences)
    )
    messages <- c(messages, new)
    cat(sprintf(
      "%-40s %5d respondents %5d estimates %5d differences   %s\n", name, nrow(found[[name]]$sample),
      nrow(found[[name]]$answers), NROW(found[[name]]$differences), if (length(new)) "DIFFERS" else "equal"
    ))
  }
  if (length(messages)) {
    cat(head(messages, 20), sep = "\n")
    cat(length(messages), "values differ by more than", tolerance, "\n")
    quit(status = 1)
  }
  cat("every estimate, standard error, interval and p-value is the committed one, to", tolerance, "\n")
}

if ("--check" %in% commandArgs(TRUE)) {
  check_cases()
} else {
  source(file.path(folder, "samples.R"))
  write_cases(cases_of(samples))
}
