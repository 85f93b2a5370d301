-- Stage one of the estimates, of all surveys and shards: the sums that every mean, share and median is made of.
-- One row per base, domain, stratum and answer, on the harmonised scale; without a domain where no category is known.
with cells as (
    {{ counted('answers') }}
)

select
    bases.base_id,
    categories.domain_id,
    cells.stratum_id,
    cast(cells.code as integer) as code,
    {{ answer_kind('cells.code', 'bases') }} as answer_kind,
    {{ answer_value('cells.code', 'cells.number', 'bases') }} as value,
    cast(cells.n as bigint) as n,
    {{ sums_of_weights('cells', 'strata') }}
from cells
inner join {{ ref('harmonised_strata') }} as strata
    on cells.stratum_id = strata.stratum_id
inner join {{ ref('harmonised_bases') }} as bases
    on strata.wave = bases.wave and {{ same('cells', 'bases', ['question_id', 'population']) }}
left join {{ ref('harmonised_categories') }} as categories
    on
        {{ same('strata', 'categories', ['survey', 'wave']) }}
        and {{ same('cells', 'categories', ['breakdown', 'category_no']) }}
left join {{ ref('code_frame') }} as code_frame
    on bases.code_frame = code_frame.code_frame and cells.code = code_frame.code
left join {{ ref('scale') }} as scale
    on bases.code_frame = scale.code_frame
