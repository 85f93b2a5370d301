-- One row per respondent of IT i praksis, agencies and kommuner and then citizens: categories, weight and answers,
-- as estimate_cells() reads them. Nobody is weighted; the kinds of respondents are strata of their own.
with respondents as (
    select
        'virksomhet' as part,
        virksomheter.wave,
        virksomheter.respondent_no,
        virksomheter.sektor_nb as stratum,
        {{ code_of_label('itip', 'sektor', 'virksomheter.sektor_nb') }} as sektor,
        virksomheter.folkemengde,
        cast(null as smallint) as kjonn,
        cast(null as smallint) as alder,
        {{ answer_columns('itip', 'virksomheter', 'virksomhet') }}
    from {{ ref('stg_itip__virksomheter') }} as virksomheter

    union all

    select
        'innbygger' as part,
        innbyggere.wave,
        innbyggere.respondent_no,
        'innbygger' as stratum,
        cast(null as smallint) as sektor,
        cast(null as integer) as folkemengde,
        innbyggere.kjonn,
        innbyggere.alder,
        {{ answer_columns('itip', 'innbyggere', 'innbygger') }}
    from {{ ref('stg_itip__innbyggere') }} as innbyggere
)

select
    respondents.*,
    strata.design_no,
    {{ weight_units('1.0') }},
    {{ category_columns('itip') }},
    {{ unstated_column('itip') }}
from respondents
inner join {{ ref('harmonised_strata') }} as strata
    on strata.survey = 'itip' and respondents.wave = strata.wave and respondents.stratum = strata.stratum
