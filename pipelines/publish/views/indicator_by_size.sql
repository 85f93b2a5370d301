-- Each indicator of the kommuner by size group: how many have each score, and the mean.
select
    wave,
    division_year,
    indicator_no,
    indicator,
    indicator_nb,
    indicator_en,
    kommune_group_no as size_no,
    kommune_group_nb as size_nb,
    kommune_group_en as size_en,
    any_value(n_total) as n_kommuner,
    any_value(mean_score) as mean_score,
    sum(n_kommuner) filter (where score = 0)::integer as n_score_0,
    sum(n_kommuner) filter (where score = 1)::integer as n_score_1,
    sum(n_kommuner) filter (where score = 2)::integer as n_score_2,
    sum(n_kommuner) filter (where score = 3)::integer as n_score_3,
    sum(n_kommuner) filter (where score = 4)::integer as n_score_4,
    any_value(is_synthetic) as is_synthetic
from marts.indicator_groups
where grouping = 'innbyggergruppe'
group by all
