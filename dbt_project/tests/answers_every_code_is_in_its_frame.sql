-- Fails with answers without a kind (a code outside its frame), and substantive ones without a value.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_item_answers'}}}) }}
select
    survey,
    wave,
    question_id,
    code,
    count(*) as n_answers
from {{ ref('harmonised_item_answers') }}
where answer_kind is null or (answer_kind = 'answer') <> (value is not null)
group by survey, wave, question_id, code
