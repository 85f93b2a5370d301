-- The estimates as a release may show them: without the values and counts that it hides. All that is published of
-- answers is made of these, so that what is hidden here is hidden everywhere.
with hidden_rows as (
    select
        statistic_id,
        domain_id,
        reason
    from {{ ref('harmonised_hidden') }}
    where what = 'row'
),

hidden_counts as (
    select
        base_id,
        domain_id
    from {{ ref('harmonised_hidden') }}
    where what = 'counts'
),

protected as (
    select
        survey,
        wave
    from {{ ref('harmonised_hidden') }}
    where what = 'wave'
    group by survey, wave
),

-- Of a printed number that would be hidden, what is not printed.
printed as (
    select
        statistic_id,
        domain_id
    from {{ ref('harmonised_hidden') }}
    where what = 'printed'
),

judged as (
    select
        estimates.*,
        hidden_rows.reason as hidden_reason,
        hidden_rows.reason is not null or printed.statistic_id is not null as is_without_counts,
        hidden_rows.reason is not null as is_suppressed,
        hidden_counts.base_id is not null as is_without_dont_know,
        protected.survey is not null as is_protected
    from {{ ref('harmonised_estimates') }} as estimates
    inner join {{ ref('harmonised_statistics') }} as statistics
        on estimates.statistic_id = statistics.statistic_id
    left join hidden_rows
        on estimates.statistic_id = hidden_rows.statistic_id and estimates.domain_id = hidden_rows.domain_id
    left join printed
        on estimates.statistic_id = printed.statistic_id and estimates.domain_id = printed.domain_id
    left join hidden_counts
        on statistics.base_id = hidden_counts.base_id and estimates.domain_id = hidden_counts.domain_id
    left join protected
        on statistics.survey = protected.survey and statistics.wave = protected.wave
)

select
    statistic_id,
    domain_id,
    case when not is_suppressed then estimate end as estimate,
    {%- for column in ['n_answers', 'n_selected', 'std_error', 'ci_lower', 'ci_upper', 'std_error_superpopulation',
        'design_effect', 'n_respondents'] %}
    case when not is_without_counts then {{ column }} end as {{ column }},
    {%- endfor %}
    -- Of weights that are hardly alike, an exact sum tells whose they are.
    case
        when is_without_counts then null
        when is_protected then round(sum_weights)
        else sum_weights
    end as sum_weights,
    case when not is_without_counts and not is_without_dont_know then n_dont_know end as n_dont_know,
    case when not is_without_counts and not is_without_dont_know then n_no_answer end as n_no_answer,
    is_suppressed,
    hidden_reason as suppression_reason
from judged
