-- Figures of official statistics as delivered, one row per source, table, concept, region, category and period.
with delivered as (
    {%- for survey in surveys_of('statistics') %}
    select
        '{{ survey }}' as source,
        '{{ survey }}' as delivered_as,
        wave as edition,
        table_id,
        concept,
        concept_nb,
        region,
        category,
        category_nb,
        period_code,
        value,
        lower(unit_label) as unit,
        status_sign as status,
        secondary_source,
        url,
        remark_nb
    from {{ ref(staging_name(survey, '')) }}
    union all
    {%- endfor %}
    select * from {{ ref('stg_fetched_figures') }}
),

-- Of two deliveries with the same figure, the later one counts; of one year, what the source itself said.
latest as (
    select *
    from delivered
    qualify row_number() over (
        partition by source, table_id, concept, region, category, period_code order by edition desc, delivered_as = source
    ) = 1
)

select
    latest.*,
    cast(left(latest.period_code, 4) as integer) as year,
    waves.is_synthetic
from latest
inner join {{ ref('harmonised_extract_waves') }} as waves
    on latest.delivered_as = waves.survey and latest.edition = waves.wave
