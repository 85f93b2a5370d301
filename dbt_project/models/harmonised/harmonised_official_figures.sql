-- Figures of official statistics as delivered, one row per source, table, concept, region, category and period.
with delivered as (
    {%- for survey in surveys_of('statistics') %}
    select
        '{{ survey }}' as source,
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
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- Of two deliveries with the same figure, the later one counts.
latest as (
    select *
    from delivered
    qualify row_number() over (
        partition by source, table_id, concept, region, category, period_code order by edition desc
    ) = 1
)

select
    latest.*,
    cast(left(latest.period_code, 4) as integer) as year,
    waves.is_synthetic
from latest
inner join {{ ref('harmonised_extract_waves') }} as waves
    on latest.source = waves.survey and latest.edition = waves.wave
