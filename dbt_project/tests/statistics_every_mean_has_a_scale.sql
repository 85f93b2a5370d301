-- Fails with means and medians of codes whose frame has no scale: they could not be compared with anything.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_statistics'}}}) }}
select
    statistics.survey,
    statistics.wave,
    statistics.question_id,
    statistics.code_frame
from {{ ref('harmonised_statistics') }} as statistics
left join {{ ref('scale') }} as scale
    on statistics.code_frame = scale.code_frame
where statistics.statistic in ('mean', 'median') and scale.code_frame is null
