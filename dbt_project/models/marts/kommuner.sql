-- Every kommune on 1 January of every year: its names, its place, and the peers it is set beside.
-- Peers are of the same size and centrality; of the same size alone where those are few, or there is no centrality.
with names as (
    select
        kommunenavn,
        max(case when language = 'nb' then name end) as name_nb,
        max(case when language = 'se' then name end) as name_se,
        max(case when language = 'sma' then name end) as name_sma,
        max(case when language = 'smj' then name end) as name_smj,
        max(case when language = 'fkv' then name end) as name_fkv
    from {{ ref('kommune_name') }}
    group by kommunenavn
),

-- The groups that a survey of the seeds divides by.
groups_of as (
    select
        peer_dimension.dimension,
        category.source_from,
        category.source_to,
        category.category,
        category.category_nb,
        cast(
            row_number() over (partition by peer_dimension.dimension order by category.source_from) as integer
        ) as place
    from {{ ref('peer_dimension') }} as peer_dimension
    inner join {{ ref('category') }} as category
        on {{ same('peer_dimension', 'category', ['survey', 'breakdown']) }}
),

first_and_last as (
    select
        min(from_year) as first_year,
        max(to_year) as last_year
    from {{ ref('harmonised_kommune_crosswalk') }}
),

predecessors as (
    select
        crosswalk.to_year as year,
        crosswalk.to_kommunenr as kommunenr,
        string_agg(crosswalk.from_kommunenr, ',' order by crosswalk.from_kommunenr) as kommuner
    from {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    inner join first_and_last
        on crosswalk.from_year = first_and_last.first_year
    group by crosswalk.to_year, crosswalk.to_kommunenr
),

successors as (
    select
        crosswalk.from_year as year,
        crosswalk.from_kommunenr as kommunenr,
        string_agg(crosswalk.to_kommunenr, ',' order by crosswalk.to_kommunenr) as kommuner
    from {{ ref('harmonised_kommune_crosswalk') }} as crosswalk
    inner join first_and_last
        on crosswalk.to_year = first_and_last.last_year
    group by crosswalk.from_year, crosswalk.from_kommunenr
),

kommuner as (
    select
        kommune.*,
        size.category as innbyggergruppe,
        size.category_nb as innbyggergruppe_nb,
        size.place as innbyggergruppe_no,
        case when not kommune.is_sentralitet_of_another then kommune.sentralitet end as own_sentralitet,
        case when not kommune.is_sentralitet_of_another then class.category_nb end as sentralitet_nb
    from {{ ref('harmonised_kommune') }} as kommune
    left join groups_of as size
        on
            size.dimension = 'size'
            and kommune.population between size.source_from and coalesce(size.source_to, kommune.population)
    left join groups_of as class
        on
            class.dimension = 'class'
            and kommune.sentralitet between class.source_from and coalesce(class.source_to, kommune.sentralitet)
),

classed as (
    select
        kommuner.*,
        centrality.category as class,
        centrality.category_nb as class_nb,
        centrality.place as class_no,
        count(*) over (partition by kommuner.year, kommuner.innbyggergruppe) as n_of_size,
        count(*) over (partition by kommuner.year, kommuner.innbyggergruppe, centrality.category) as n_of_both
    from kommuner
    left join groups_of as centrality
        on
            centrality.dimension = 'centrality'
            and kommuner.own_sentralitet
            between centrality.source_from and coalesce(centrality.source_to, kommuner.own_sentralitet)
),

ruled as (
    select
        *,
        case
            when innbyggergruppe is null then 'none'
            when class is not null and n_of_both >= {{ var('smallest_peer_group') }} then 'size_and_centrality'
            else 'size'
        end as peer_rule
    from classed
)

select
    ruled.year,
    ruled.kommunenr,
    coalesce(names.name_nb, regexp_replace(ruled.kommunenavn, ' \(.*\)$', '')) as kommunenavn,
    ruled.kommunenavn as kommunenavn_offisielt,
    names.name_se as kommunenavn_nordsamisk,
    names.name_smj as kommunenavn_lulesamisk,
    names.name_sma as kommunenavn_soersamisk,
    names.name_fkv as kommunenavn_kvensk,
    ruled.fylkesnr,
    ruled.fylkesnavn,
    ruled.population as folkemengde,
    ruled.population_year as folkemengde_year,
    ruled.innbyggergruppe,
    ruled.innbyggergruppe_no,
    ruled.innbyggergruppe_nb,
    ruled.own_sentralitet as sentralitet,
    ruled.sentralitet_nb,
    case
        when ruled.is_sentralitet_of_another then 'merged_before_classification'
    end as no_sentralitet_reason,
    case ruled.peer_rule
        when 'size_and_centrality' then ruled.innbyggergruppe || '/' || ruled.class
        when 'size' then ruled.innbyggergruppe
    end as peer_group,
    -- Of one size those who share the size alone come first.
    case ruled.peer_rule
        when 'size_and_centrality' then 10 * ruled.innbyggergruppe_no + ruled.class_no
        when 'size' then 10 * ruled.innbyggergruppe_no
    end as peer_group_no,
    case ruled.peer_rule
        when 'size_and_centrality' then ruled.innbyggergruppe_nb || ', ' || lower(ruled.class_nb)
        when 'size' then ruled.innbyggergruppe_nb
    end as peer_group_nb,
    ruled.peer_rule,
    case ruled.peer_rule
        when 'size_and_centrality' then cast(ruled.n_of_both as integer)
        when 'size' then cast(ruled.n_of_size as integer)
    end as n_peers,
    ruled.latitude,
    ruled.longitude,
    predecessors.kommuner as predecessors,
    successors.kommuner as successors
from ruled
left join names
    on ruled.kommunenavn = names.kommunenavn
left join predecessors
    on ruled.year = predecessors.year and ruled.kommunenr = predecessors.kommunenr
left join successors
    on ruled.year = successors.year and ruled.kommunenr = successors.kommunenr
order by ruled.year, ruled.kommunenr
