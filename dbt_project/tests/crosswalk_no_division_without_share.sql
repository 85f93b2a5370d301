-- Every part of a divided kommune has a share in kommune_split_share: equal parts are never assumed.
{{ config(meta={'dagster': {'ref': {'name': 'kommune_split_share'}}}) }}
with code_changes as (
    select
        change_date,
        from_kommunenr,
        to_kommunenr,
        count(*) over (partition by change_date, from_kommunenr) as n_successors
    from {{ ref('kommune_change') }}
    where change_type <> 'renamed'
)

select
    code_changes.change_date,
    code_changes.from_kommunenr,
    code_changes.to_kommunenr
from code_changes
left join {{ ref('kommune_split_share') }} as split_share
    on
        code_changes.change_date = split_share.change_date
        and code_changes.from_kommunenr = split_share.from_kommunenr
        and code_changes.to_kommunenr = split_share.to_kommunenr
where code_changes.n_successors > 1 and split_share.population_share is null
