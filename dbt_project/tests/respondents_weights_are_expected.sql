-- Fails with strata of which a weight is larger than the survey says to expect: there is no room to add such weights.
{{ config(meta={'dagster': {'ref': {'name': 'harmonised_counted_design'}}}) }}
select
    design.survey,
    design.wave,
    design.part,
    design.stratum,
    design.largest_weight,
    survey.largest_weight as expected_weight
from {{ ref('harmonised_counted_design') }} as design
inner join {{ ref('survey') }} as survey
    on design.survey = survey.survey
where design.largest_weight > survey.largest_weight
