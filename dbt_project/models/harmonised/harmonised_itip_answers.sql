-- The answers behind the indicators of IT i praksis, on 1-5, one row per respondent and question that is answered.
with answers as (
    {{ unpivot_columns(
        ref('harmonised_respondents_itip'),
        keep=['part', 'wave', 'respondent_no', 'stratum', 'by_sektor', 'by_kommunestorrelse'],
        leave_out=[
            'design_no', 'sektor', 'folkemengde', 'kjonn', 'alder', 'weight_units', 'weight_square_upper',
            'weight_square_lower', 'by_kjonn', 'by_aldersgruppe', 'by_digital_kompetanse', 'unstated'
        ],
        name_column='question_id',
        value_column='code',
    ) }}
),

composition as (
    select distinct question_id
    from {{ ref('itip_composition') }}
)

select
    answers.wave,
    answers.part,
    answers.respondent_no,
    answers.stratum,
    sektor.category as sektor,
    kommunestorrelse.category as kommunestorrelse,
    answers.question_id,
    {{ harmonised_value('code_frame', 'scale') }} as value
from answers
inner join composition
    on answers.question_id = composition.question_id
inner join {{ ref('harmonised_questions') }} as questions
    on answers.wave = questions.wave and answers.question_id = questions.question_id
inner join {{ ref('code_frame') }} as code_frame
    on
        questions.code_frame = code_frame.code_frame
        and answers.code = code_frame.code
        and code_frame.answer_kind = 'answer'
left join {{ ref('scale') }} as scale
    on questions.code_frame = scale.code_frame
left join {{ ref('harmonised_categories') }} as sektor
    on
        sektor.survey = 'itip'
        and answers.wave = sektor.wave
        and sektor.breakdown = 'sektor'
        and answers.by_sektor = sektor.category_no
left join {{ ref('harmonised_categories') }} as kommunestorrelse
    on
        kommunestorrelse.survey = 'itip'
        and answers.wave = kommunestorrelse.wave
        and kommunestorrelse.breakdown = 'kommunestorrelse'
        and answers.by_kommunestorrelse = kommunestorrelse.category_no
