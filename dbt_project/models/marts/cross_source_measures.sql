-- What two or more surveys say of the same: one row per concept, measure and year, with what differs between them.
-- Shares as fractions, means on their scale; a key figure that is only printed has no uncertainty.
{%- set named_by = ['survey', 'population', 'question_id', 'statistic', 'breakdown', 'category'] %}
with estimated as (
    select
        measure.concept,
        measure.concept_nb,
        measure.measure,
        estimates.wave as year,
        estimates.survey,
        estimates.population,
        estimates.population_nb,
        estimates.category_nb,
        estimates.question_id,
        estimates.question_nb,
        estimates.answer_nb,
        estimates.scale,
        estimates.estimate as value,
        estimates.std_error,
        estimates.ci_lower,
        estimates.ci_upper,
        estimates.n_answers,
        estimates.comparable_with_previous,
        measure.differs_nb,
        false as is_carried,
        estimates.is_synthetic,
        estimates.is_small_base
    from {{ ref('cross_source_measure') }} as measure
    inner join {{ ref('survey_estimates') }} as estimates
        on
            {{ same('measure', 'estimates', named_by) }}
            and measure.answer is not distinct from estimates.answer
),

printed as (
    select
        measure.concept,
        measure.concept_nb,
        measure.measure,
        key_figures.year,
        measure.survey,
        null as population,
        measure.population_nb,
        'Alle' as category_nb,
        null as question_id,
        key_figure.key_figure_nb as question_nb,
        null as answer_nb,
        'share' as scale,
        key_figures.value / 100 as value,
        cast(null as double) as std_error,
        cast(null as double) as ci_lower,
        cast(null as double) as ci_upper,
        cast(null as integer) as n_answers,
        cast(null as boolean) as comparable_with_previous,
        measure.differs_nb,
        true as is_carried,
        key_figures.is_synthetic,
        cast(null as boolean) as is_small_base
    from {{ ref('cross_source_measure') }} as measure
    inner join {{ ref('key_figure') }} as key_figure
        on measure.key_figure = key_figure.key_figure
    inner join {{ ref('harmonised_key_figures') }} as key_figures
        on measure.key_figure = key_figures.key_figure
    where key_figures.unit = 'percent'
),

measures as (
    select * from estimated
    union all
    select * from printed
)

select
    measures.concept,
    measures.concept_nb,
    measures.measure,
    measures.year,
    measures.survey,
    survey.survey_nb,
    measures.population,
    measures.population_nb,
    measures.category_nb,
    measures.question_id,
    measures.question_nb,
    measures.answer_nb,
    measures.scale,
    measures.value,
    measures.std_error,
    measures.ci_lower,
    measures.ci_upper,
    measures.n_answers,
    measures.comparable_with_previous,
    measures.differs_nb,
    measures.is_carried,
    measures.is_synthetic,
    measures.is_small_base
from measures
inner join {{ ref('survey') }} as survey
    on measures.survey = survey.survey
