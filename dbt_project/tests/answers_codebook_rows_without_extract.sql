-- Warns with codebook rows that nothing in use answers: the wave, or the column, is absent or empty.
-- A column whose blank means ikke_spurt is declared as not asked, and expected to be empty.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'harmonised_estimate_cells'}}}) }}
with answered as (
    select distinct
        survey,
        wave,
        question_id
    from {{ ref('harmonised_item_answers') }}
    where code is not null
    union
    select distinct
        survey,
        wave,
        question_id
    from {{ ref('harmonised_estimate_cells') }}
    where code is not null
)

select
    codebook.survey,
    codebook.wave,
    case when waves.wave is null then 'no extract of the wave' else codebook.column_name || ': no answer' end as reason,
    count(*) as n_columns
from {{ ref('harmonised_codebook') }} as codebook
left join {{ ref('harmonised_waves') }} as waves
    on codebook.survey = waves.survey and codebook.wave = waves.wave
left join answered
    on
        codebook.survey = answered.survey
        and codebook.wave = answered.wave
        and codebook.question_id = answered.question_id
where codebook.role = 'answer' and codebook.blank_kind <> 'ikke_spurt' and answered.question_id is null
group by 1, 2, 3
