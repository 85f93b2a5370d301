"""The answers of the protected waves, read from the harmonised tables and from seeds.

Not here: what is made of them (answers.py has their shape).
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from pipelines.common.row_key import ESTIMATE_KEY, parse_row_key
from pipelines.disclosure.answers import ANSWERED, KINDS, Answer, Base, Composite, Picked, Row, Rule, Statistic, Wave

Query = Callable[..., list[tuple[Any, ...]]]
Waves = dict[tuple[str, int, str], Wave]  # by survey, wave and part
Overlaps = dict[tuple[str, str], list[tuple[int | None, int | None]]]

# Waves with a rule that hides something: those of real answers, or all.
PROTECTED = """
    select waves.survey, waves.wave, rule.part, rule.threshold, rule.small_group, rule.protection, rule.dominance_share
    from harmonised_waves as waves
    inner join disclosure_rule as rule on waves.survey = rule.survey
    where rule.threshold > 1 and (not waves.is_synthetic or {is_on_for_all})
    order by waves.survey, waves.wave, rule.part
"""

BASES = """
    select bases.survey, bases.wave, coalesce(population.part, '') as part, bases.base_id, bases.population,
        bases.question_id, question.is_sensitive
    from harmonised_bases as bases
    inner join population on bases.survey = population.survey and bases.population = population.population
    inner join question on bases.question_id = question.question_id
    order by bases.base_id
"""

COUNTS = """
    select base_id, domain_id, answer_kind, code, value, cast(sum(n) as integer) as n,
        sum(sum_weight) as weight
    from harmonised_estimate_cells
    where domain_id is not null and base_id in (select unnest(?))
    group by all
    order by all
"""

ROWS = """
    select statistics.base_id, statistics.statistic_id, statistics.statistic, statistics.is_dont_know_in_base,
        statistics.code_from, statistics.code_to, statistics.value_from, statistics.value_to,
        estimates.domain_id, estimates.n_answers, estimates.n_selected, statistics.population, statistics.question_id,
        statistics.answer, categories.breakdown, categories.category, statistics.survey, statistics.wave,
        bases.is_number
    from harmonised_estimates as estimates
    inner join harmonised_statistics as statistics on estimates.statistic_id = statistics.statistic_id
    inner join harmonised_bases as bases on statistics.base_id = bases.base_id
    inner join harmonised_categories as categories on estimates.domain_id = categories.domain_id
    where statistics.base_id in (select unnest(?))
    order by statistics.statistic_id, estimates.domain_id
"""

# What the one who gives most gives of a sum of amounts, those of a cell taken as equal.
LARGEST = """
    select base_id, domain_id, max(value * sum_weight / n) / nullif(sum(value * sum_weight), 0) as largest_share
    from harmonised_estimate_cells
    where domain_id is not null and answer_kind = 'answer' and base_id in (select unnest(?))
    group by base_id, domain_id
"""

CATEGORIES = "select survey, wave, domain_id, breakdown, category from harmonised_categories order by domain_id"

OVERLAPS = """
    select survey, wave, breakdown, other_breakdown, domain_id, other_domain_id
    from harmonised_overlaps
    order by all
"""

PICKED = """
    select population.survey, population.population, population.part, population_rule.question_id,
        population_rule.code_from, population_rule.code_to
    from population
    inner join population_rule on population.population = population_rule.population
    order by all
"""

# Of waves that came with weights.
WEIGHTS = """
    select survey, wave, pow(2.0, -weight_bits) as unit, smallest_units, sum_weight_units / n as mean_units,
        largest_units
    from harmonised_margins
    where margin = 'all' and smallest_units < largest_units
"""

# Where respondents live, by places that no breakdown is by.
PLACES = """
    select margins.survey, margins.wave, margins.margin, margins.category_no, cast(margins.n as integer) as n
    from harmonised_margins as margins
    anti join breakdown on margins.survey = breakdown.survey and margins.margin = breakdown.breakdown
    order by all
"""

# A composite is known by its items; itip_indicators names its categories with a prefix.
COMPOSITES = """
    select statistics.survey, statistics.wave, statistics.statistic_id, answers.domain_id, estimates.n_answers,
        list_sort(list(distinct answers.question_id)) as questions, statistics.question_id as composite,
        coalesce(composite_breakdown.label_prefix, '') || categories.category as shown_as
    from harmonised_composite_answers as answers
    inner join harmonised_statistics as statistics on answers.statistic_id = statistics.statistic_id
    inner join harmonised_estimates as estimates
        on answers.statistic_id = estimates.statistic_id and answers.domain_id = estimates.domain_id
    inner join harmonised_categories as categories on answers.domain_id = categories.domain_id
    left join composite_breakdown
        on categories.survey = composite_breakdown.survey and categories.breakdown = composite_breakdown.breakdown
    group by all
    order by all
"""

# Rows that a publication prints a number of, or a sum with it. What names a row, by table.
PRINTED = """
    select row_key, column_name from figure_term
    where table_name = ? and combine <> 'p10' and combine <> 'p90'
"""
NAMES = {
    "survey_estimates": ESTIMATE_KEY,
    "survey_composition": ("survey", "wave", "population", "breakdown", "category"),
}


def read_waves(query: Query, is_on_for_all: bool) -> list[Wave]:
    """The protected waves with all their answers; nothing more is read where there is none.

    Args:
        query: (statement, parameters) to rows; tables have the names that these statements give them.
        is_on_for_all: whether synthetic answers are protected too.
    """
    waves = {
        (survey, wave, part or ""): Wave(survey, wave, Rule(*rule))
        for survey, wave, part, *rule in query(PROTECTED.format(is_on_for_all=is_on_for_all))
    }
    if not waves:
        return []
    bases = _read_bases(query, waves)
    _read_counts(query, bases)
    _read_composites(query, waves)
    _read_rows(query, bases, {mean for wave in waves.values() for mean in wave.printed_means})
    _read_categories(query, waves)
    _read_picked(query, waves)
    _read_margins(query, waves)
    for wave in waves.values():
        _print_twins(wave)
    return [wave for wave in waves.values() if wave.bases]


def _parts(waves: Waves, survey: str, wave: int) -> list[Wave]:
    return [of_wave for (s, y, _), of_wave in waves.items() if (s, y) == (survey, wave)]


def _printed(query: Query, table: str) -> set[tuple[str, ...]]:
    """The rows of a table that a publication prints, by what names them; '' where a row is not named by it."""
    keys = (dict(parse_row_key(key)) for key, _ in query(PRINTED, [table]))
    return {tuple(key.get(column, "") for column in NAMES[table]) for key in keys}


def _printed_of_differences(query: Query) -> set[tuple[str, ...]]:
    """The rows of survey_estimates that a printed difference is between: with the one, the other is known."""
    printed = set()
    for key in (dict(parse_row_key(key)) for key, _ in query(PRINTED, ["survey_changes"])):
        other = {**key, "wave": key["compared_wave"], "category": key["compared_category"]}
        printed |= {tuple(side.get(column, "") for column in ESTIMATE_KEY) for side in (key, other)}
    return printed


def _printed_composites(query: Query) -> Callable[[int, str, str], bool]:
    """Whether a composite of a wave is printed, or its change to a later one."""
    keys = [(dict(parse_row_key(key)), column) for key, column in query(PRINTED, ["itip_indicators"])]
    values = {(int(key["wave"]), key["indicator"], key["sektor"]) for key, _ in keys}
    changes = {(key["indicator"], key["sektor"]): int(key["wave"]) for key, column in keys if column == "change"}

    def is_printed(wave: int, composite: str, shown_as: str) -> bool:
        return (wave, composite, shown_as) in values or wave < changes.get((composite, shown_as), wave)

    return is_printed


def _read_bases(query: Query, waves: Waves) -> dict[int, Base]:
    bases = {}
    for survey, wave, part, base_id, population, question_id, is_sensitive in query(BASES):
        of_wave = waves.get((survey, wave, part))
        if of_wave is not None:
            bases[base_id] = Base(base_id, population, question_id, bool(is_sensitive))
            of_wave.bases.append(bases[base_id])
    return bases


def _read_counts(query: Query, bases: dict[int, Base]) -> None:
    for base_id, domain_id, kind, code, value, n, weight in query(COUNTS, [list(bases)]):
        answer = Answer(KINDS.get(kind, ANSWERED), code, value)
        bases[base_id].counts[domain_id][answer] = n
        bases[base_id].weights[domain_id][answer] = weight


def _read_composites(query: Query, waves: Waves) -> None:
    is_printed = _printed_composites(query)
    for survey, wave, statistic_id, domain_id, n, questions, composite, shown_as in query(COMPOSITES):
        for of_wave in _parts(waves, survey, wave):
            asked = {base.question_id for base in of_wave.bases}
            if not asked.isdisjoint(questions):
                of_wave.composites.append(Composite(statistic_id, domain_id, n, tuple(questions)))
                if is_printed(wave, composite, shown_as):
                    of_wave.printed_means |= {(question, domain_id) for question in questions}


def _read_rows(query: Query, bases: dict[int, Base], printed_means: set[tuple[str, int]]) -> None:
    printed = _printed(query, "survey_estimates") | _printed_of_differences(query)
    largest = {(base, domain): share for base, domain, share in query(LARGEST, [list(bases)])}
    for row in query(ROWS, [list(bases)]):
        base_id, statistic_id, statistic, dont_know, *codes, value_from, value_to, domain_id, n, selected = row[:11]
        population, question_id, answer, breakdown, category, survey, wave, is_number = row[11:]
        named = (survey, str(wave), population, question_id, statistic, answer or "", breakdown, category)
        bases[base_id].rows.append(
            Row(
                Statistic(
                    statistic_id,
                    statistic,
                    bool(dont_know) and statistic == "share",
                    None if codes[0] is None else (codes[0], codes[1]),
                    None if value_from is None else (value_from, value_to),
                ),
                domain_id,
                n,
                selected,
                largest.get((base_id, domain_id)) if is_number and statistic == "mean" else None,
                named in printed or (statistic == "mean" and (question_id, domain_id) in printed_means),
            )
        )


def _read_categories(query: Query, waves: Waves) -> None:
    printed = _printed(query, "survey_composition")
    for survey, wave, domain_id, breakdown, category in query(CATEGORIES):
        for of_wave in _parts(waves, survey, wave):
            of_wave.breakdowns[breakdown].append(domain_id)
            of_wave.printed |= {
                (population, domain_id)
                for population in of_wave.populations()
                if (survey, str(wave), population, breakdown, category) in printed
            }
            if breakdown == "all":
                of_wave.whole = domain_id
    overlaps: dict[tuple[str, int], Overlaps] = defaultdict(lambda: defaultdict(list))
    for survey, wave, breakdown, other, domain_id, other_domain_id in query(OVERLAPS):
        overlaps[survey, wave][breakdown, other].append((domain_id, other_domain_id))
    for (survey, wave, _), of_wave in waves.items():
        of_wave.overlaps = dict(overlaps[survey, wave])


def _read_picked(query: Query, waves: Waves) -> None:
    codes: dict[tuple[str, str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for survey, population, part, question_id, first, last in query(PICKED):
        codes[survey, part or "", population, question_id].append((first, last))
    for (survey, _, part), wave in waves.items():
        populations = {base.population for base in wave.bases}
        picked = {population for s, _, population, _ in codes if s == survey}
        parents = sorted(populations - picked)
        for (s, p, population, question_id), ranges in codes.items():
            if (s, p) == (survey, part) and population in populations and parents:
                wave.picked[population] = Picked(parents[0], question_id, tuple(ranges))


def _read_margins(query: Query, waves: Waves) -> None:
    for survey, wave, unit, *units in query(WEIGHTS):
        for of_wave in _parts(waves, survey, wave):
            of_wave.weights = (unit * units[0], unit * units[1], unit * units[2])
    for survey, wave, place, category_no, n in query(PLACES):
        for of_wave in _parts(waves, survey, wave):
            of_wave.places[place, category_no] = n


def _print_twins(wave: Wave) -> None:
    """What is printed of a category is printed of one in another breakdown that holds the same respondents."""
    twins: dict[int, int] = {}
    for pairs in wave.overlaps.values():
        ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
        for one, other in pairs:
            if one is not None and other is not None and ones[one] == others[other] == 1:
                twins |= {one: other, other: one}
    for base in wave.bases:
        printed = {(row.statistic, twins.get(row.domain_id)) for row in base.rows if row.is_printed}
        base.rows = [
            row._replace(is_printed=row.is_printed or (row.statistic, row.domain_id) in printed) for row in base.rows
        ]
