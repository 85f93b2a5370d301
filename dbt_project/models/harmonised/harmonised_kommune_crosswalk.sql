-- What became of every kommune between any two years, with the share of its inhabitants.
-- Answers are not moved here: a model that carries answers to another division joins this.

with recursive year_range as (
    select
        cast((select min(extract(year from valid_from)) from {{ ref('kommune') }}) as integer) as first_year,
        cast(greatest(
            (select max(extract(year from change_date)) from {{ ref('kommune_change') }}),
            (select max(year) from {{ ref('kommune_population') }})
        ) as integer) as last_year
),

years as (
    select first_year as year from year_range
    union all
    select years.year + 1 as year
    from years
    cross join year_range
    where years.year < year_range.last_year
),

kommuner as (
    select
        years.year,
        kommune.kommunenr,
        kommune.kommunenavn
    from years
    inner join {{ ref('kommune') }} as kommune
        on
            kommune.valid_from <= make_date(years.year, 1, 1)
            and (kommune.valid_to is null or kommune.valid_to > make_date(years.year, 1, 1))
),

-- A new name is no new code. Changes happen on 1 January (tested).
code_changes as (
    select
        change_date,
        cast(extract(year from change_date) as integer) as year,
        from_kommunenr,
        to_kommunenr,
        count(*) over (partition by change_date, from_kommunenr) as n_successors
    from {{ ref('kommune_change') }}
    where change_type <> 'renamed'
),

-- From one 1 January to the next. A divided kommune without a share gets no weight at all,
-- never an equal part: the tests stop it.
changed as (
    select
        code_changes.year - 1 as from_year,
        code_changes.from_kommunenr,
        code_changes.year as to_year,
        code_changes.to_kommunenr,
        case when code_changes.n_successors = 1 then 1.0 else split_share.population_share end as weight
    from code_changes
    left join {{ ref('kommune_split_share') }} as split_share
        on
            code_changes.change_date = split_share.change_date
            and code_changes.from_kommunenr = split_share.from_kommunenr
            and code_changes.to_kommunenr = split_share.to_kommunenr
    inner join kommuner
        on
            code_changes.year - 1 = kommuner.year
            and code_changes.from_kommunenr = kommuner.kommunenr
),

unchanged as (
    select
        earlier.year as from_year,
        earlier.kommunenr as from_kommunenr,
        later.year as to_year,
        later.kommunenr as to_kommunenr,
        1.0 as weight
    from kommuner as earlier
    inner join kommuner as later
        on
            earlier.year + 1 = later.year
            and earlier.kommunenr = later.kommunenr
    left join code_changes
        on
            later.year = code_changes.year
            and later.kommunenr = code_changes.from_kommunenr
    where code_changes.from_kommunenr is null
),

steps as (
    select
        from_year,
        from_kommunenr,
        to_year,
        to_kommunenr,
        cast(weight as double) as weight
    from changed
    union all
    select
        from_year,
        from_kommunenr,
        to_year,
        to_kommunenr,
        cast(weight as double) as weight
    from unchanged
),

walks as (
    select
        from_year,
        from_kommunenr,
        to_year,
        to_kommunenr,
        weight
    from steps
    union all
    select
        walks.from_year,
        walks.from_kommunenr,
        steps.to_year,
        steps.to_kommunenr,
        -- Where it is known who went where, a division follows that, not the share of all.
        walks.weight * coalesce(origins.population_share, steps.weight) as weight
    from walks
    inner join steps
        on
            walks.to_year = steps.from_year
            and walks.to_kommunenr = steps.from_kommunenr
    left join {{ ref('kommune_split_origin') }} as origins
        on
            steps.to_year = extract(year from origins.change_date)
            and steps.from_kommunenr = origins.from_kommunenr
            and steps.to_kommunenr = origins.to_kommunenr
            and walks.from_kommunenr = origins.origin_kommunenr
),

-- Two walks can end in the same place: divided one year, together again later.
pairs as (
    select
        from_year,
        from_kommunenr,
        to_year,
        to_kommunenr,
        sum(weight) as population_weight
    from walks
    where weight is null or weight > 0
    group by from_year, from_kommunenr, to_year, to_kommunenr
),

degrees as (
    select
        from_year,
        from_kommunenr,
        to_year,
        to_kommunenr,
        population_weight,
        count(*) over (partition by from_year, to_year, from_kommunenr) as n_successors,
        count(*) over (partition by from_year, to_year, to_kommunenr) as n_predecessors
    from pairs
)

select
    degrees.from_year,
    degrees.from_kommunenr,
    kommune_from.kommunenavn as from_kommunenavn,
    degrees.to_year,
    degrees.to_kommunenr,
    kommune_to.kommunenavn as to_kommunenavn,
    case
        when degrees.n_successors > 1 and degrees.n_predecessors > 1 then 'split_and_merged'
        when degrees.n_successors > 1 then 'split'
        when degrees.n_predecessors > 1 then 'merged'
        when degrees.from_kommunenr <> degrees.to_kommunenr then 'renumbered'
        else 'identity'
    end as relation,
    degrees.population_weight
from degrees
inner join kommuner as kommune_from
    on
        degrees.from_year = kommune_from.year
        and degrees.from_kommunenr = kommune_from.kommunenr
inner join kommuner as kommune_to
    on
        degrees.to_year = kommune_to.year
        and degrees.to_kommunenr = kommune_to.kommunenr
