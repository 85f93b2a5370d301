-- Which category of each breakdown a respondent belongs to.
with respondents as (
    select
        respondents.survey,
        respondents.wave,
        respondents.respondent_id,
        respondents.folkemengde,
        kommune.sentralitet,
        kommune.fylkesnr,
        kommune.fylkesnavn
    from {{ ref('harmonised_respondents') }} as respondents
    left join {{ ref('harmonised_kommune') }} as kommune
        on respondents.wave = kommune.year and respondents.kommunenr = kommune.kommunenr
),

categories as (
    select
        survey,
        wave,
        respondent_id,
        'all' as breakdown,
        'all' as category,
        'Alle' as category_nb
    from respondents

    union all

    select
        respondents.survey,
        respondents.wave,
        respondents.respondent_id,
        'innbyggergruppe' as breakdown,
        innbyggergruppe.category,
        innbyggergruppe.category_nb
    from respondents
    inner join {{ ref('innbyggergruppe') }} as innbyggergruppe
        on
            respondents.folkemengde >= innbyggergruppe.population_from
            and (
                innbyggergruppe.population_below is null
                or respondents.folkemengde < innbyggergruppe.population_below
            )

    union all

    select
        survey,
        wave,
        respondent_id,
        'sentralitet' as breakdown,
        cast(sentralitet as varchar(4)) as category,
        'Sentralitet ' || cast(sentralitet as varchar(4)) as category_nb
    from respondents
    where sentralitet is not null

    union all

    select
        survey,
        wave,
        respondent_id,
        'fylke' as breakdown,
        fylkesnr as category,
        fylkesnavn as category_nb
    from respondents
    where fylkesnr is not null
)

select categories.*
from categories
inner join {{ ref('breakdown') }} as breakdown
    on categories.survey = breakdown.survey and categories.breakdown = breakdown.breakdown
