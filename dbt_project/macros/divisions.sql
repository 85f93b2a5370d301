{#- Whose inhabitants a kommune of a panel division has, by a year's own kommuner: the rows (year, division_year, kommunenr,
source_kommunenr, inhabitants, relation) of every year in `years` (a relation with a column year) and every other division of
the panel. Forward the sources are predecessors; backward they are the later kommuner that the inhabitants live in. -#}
{% macro division_sources(years) %}
    select
        years.year,
        panel.division_year,
        crosswalk.to_kommunenr as kommunenr,
        crosswalk.from_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        crosswalk.relation
    from (select distinct year from {{ years }}) as years
    inner join {{ ref('panel') }} as panel
        on years.year < panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            years.year = crosswalk.from_year
            and panel.division_year = crosswalk.to_year
    inner join {{ ref('harmonised_kommune') }} as kommune
        on
            years.year = kommune.year
            and crosswalk.from_kommunenr = kommune.kommunenr

    union all

    select
        years.year,
        panel.division_year,
        crosswalk.from_kommunenr as kommunenr,
        crosswalk.to_kommunenr as source_kommunenr,
        cast(kommune.population * crosswalk.population_weight as decimal(18, 6)) as inhabitants,
        case
            when crosswalk.relation in ('identity', 'renumbered') then crosswalk.relation
            else 'successor'
        end as relation
    from (select distinct year from {{ years }}) as years
    inner join {{ ref('panel') }} as panel
        on years.year > panel.division_year
    inner join {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
        on
            panel.division_year = crosswalk.from_year
            and years.year = crosswalk.to_year
    inner join {{ ref('harmonised_kommune') }} as kommune
        on
            panel.division_year = kommune.year
            and crosswalk.from_kommunenr = kommune.kommunenr
{% endmacro %}
