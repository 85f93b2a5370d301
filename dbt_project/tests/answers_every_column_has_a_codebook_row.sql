-- Fails with delivered cells that no codebook row says what to do with.
{{ config(meta={'dagster': {'ref': {'name': 'stg_ssb_kommune__answers'}}}) }}
select
    answers.wave,
    answers.column_name,
    count(*) as n_answers
from {{ ref('stg_ssb_kommune__answers') }} as answers
left join {{ ref('harmonised_codebook') }} as codebook
    on
        codebook.survey = 'ssb_kommune'
        and answers.wave = codebook.wave
        and answers.column_name = codebook.column_name
where answers.answer is not null and codebook.column_name is null
group by answers.wave, answers.column_name
