-- What state agencies and kommuner answered to the same question, and whether they differ by more than chance.
select
    survey,
    wave,
    question_no,
    question_id,
    question_nb,
    question_en,
    statistic,
    answer_no,
    answer,
    answer_nb,
    answer_en,
    scale,
    compared_estimate as stat,
    estimate as kommune,
    -difference as stat_minus_kommune,
    -ci_upper as ci_lower,
    -ci_lower as ci_upper,
    p_value,
    p_adjusted,
    is_suppressed,
    is_synthetic
from marts.survey_changes
where comparison = 'category' and breakdown = 'sektor' and category = 'kommune' and compared_category = 'stat'
