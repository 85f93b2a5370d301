-- Fails with rows of cross_source_measure.csv that name nothing estimated, and no printed key figure in percent.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_statistics'}}}) }}
with estimated as (
    select distinct
        statistics.survey,
        statistics.population,
        statistics.question_id,
        statistics.statistic,
        statistics.answer,
        breakdown.breakdown,
        coalesce(category.category, 'all') as category
    from {{ ref('harmonised_statistics') }} as statistics
    inner join {{ ref('breakdown') }} as breakdown
        on statistics.survey = breakdown.survey
    left join {{ ref('category') }} as category
        on breakdown.survey = category.survey and breakdown.breakdown = category.breakdown
)

select
    measure.concept,
    measure.measure
from {{ ref('cross_source_measure') }} as measure
left join estimated
    on
        measure.survey = estimated.survey
        and measure.population = estimated.population
        and measure.question_id = estimated.question_id
        and measure.statistic = estimated.statistic
        and coalesce(measure.answer, '') = estimated.answer
        and measure.breakdown = estimated.breakdown
        and measure.category = estimated.category
left join {{ ref('key_figure') }} as key_figure
    on
        measure.key_figure = key_figure.key_figure
        and key_figure.unit = 'percent'
where (estimated.survey is null) = (key_figure.key_figure is null)
