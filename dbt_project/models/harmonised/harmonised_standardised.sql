-- Every mean and share as it would be if the cells of a standard (seeds/codebook/standard_cell.csv) were the same parts
-- of the respondents in every wave as in the reference wave: sum P_h R_h, its linearised variable sum P_h z_h (R's
-- svystandardize). One row per statistic and standard whose cells all have an answer.
with cells as (
    select
        standard_cell.standard,
        standard_cell.reference_wave,
        standard_cell.breakdown || '/' || standard_cell.category as cell,
        categories.wave,
        categories.domain_id
    from {{ ref('standard_cell') }} as standard_cell
    inner join {{ ref('harmonised_categories') }} as categories
        on {{ same('standard_cell', 'categories', ['survey', 'breakdown', 'category']) }}
),

-- The weight of whoever belongs to a population, whatever was asked of it.
asked as (
    select
        cells.standard,
        bases.base_id,
        bases.population,
        cells.cell,
        {{ ordered_sum('answers.sum_weight', 'answers.stratum_id, answers.code, answers.value') }} as weight
    from {{ ref('harmonised_estimate_cells') }} as answers
    inner join {{ ref('harmonised_bases') }} as bases
        on answers.base_id = bases.base_id
    inner join cells
        on answers.domain_id = cells.domain_id and cells.wave = cells.reference_wave
    group by cells.standard, bases.base_id, bases.population, cells.cell
),

mix as (
    select
        standard,
        population,
        cell,
        max(weight) as weight
    from asked
    group by standard, population, cell
),

parts as (
    select
        standard,
        population,
        cell,
        weight / sum(weight) over of_population as part,
        count(*) over of_population as n_cells
    from mix
    window of_population as (partition by standard, population)
),

weighed as (
    select
        parts.standard,
        linearised.statistic_id,
        linearised.domain_id,
        linearised.stratum_id,
        parts.part,
        parts.n_cells,
        linearised.estimate,
        linearised.n_answers,
        linearised.sum_z,
        linearised.sum_z_squared
    from {{ ref('harmonised_linearised') }} as linearised
    inner join {{ ref('harmonised_statistics') }} as statistics
        on linearised.statistic_id = statistics.statistic_id
    inner join cells
        on linearised.domain_id = cells.domain_id
    inner join parts
        on cells.cell = parts.cell and statistics.population = parts.population
    where cells.standard = parts.standard and statistics.statistic in ('mean', 'share')
),

cell_estimates as (
    select distinct
        standard,
        statistic_id,
        domain_id,
        part,
        n_cells,
        estimate
    from weighed
),

estimates as (
    select
        standard,
        statistic_id,
        {{ ordered_sum('part * estimate', 'domain_id') }} as estimate
    from cell_estimates
    group by standard, statistic_id
    having count(*) = max(n_cells)
),

by_stratum as (
    select
        standard,
        statistic_id,
        stratum_id,
        sum(n_answers) as n_answers,
        {{ ordered_sum('part * sum_z', 'domain_id') }} as sum_z,
        {{ ordered_sum('part * part * sum_z_squared', 'domain_id') }} as sum_z_squared
    from weighed
    group by standard, statistic_id, stratum_id
)

select
    estimates.standard,
    estimates.statistic_id,
    estimates.estimate,
    cast(sum(by_stratum.n_answers) as integer) as n_answers,
    {{ standard_error('by_stratum', 'variance_factor') }} as std_error
from estimates
inner join by_stratum
    on estimates.standard = by_stratum.standard and estimates.statistic_id = by_stratum.statistic_id
inner join {{ ref('harmonised_strata') }} as strata
    on by_stratum.stratum_id = strata.stratum_id
group by estimates.standard, estimates.statistic_id, estimates.estimate
