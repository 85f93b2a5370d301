-- What each column of an extract means, one row per wave that it is delivered in.
select
    codebook.survey,
    wave.wave,
    codebook.part,
    codebook.column_name,
    codebook.role,
    codebook.data_type,
    coalesce(codebook.field, codebook.column_name) as field,
    codebook.question_id,
    codebook.code_frame,
    codebook.is_required,
    codebook.filter_column,
    codebook.filter_code,
    codebook.blank_kind,
    codebook.note
from {{ ref('codebook') }} as codebook
inner join {{ ref('wave') }} as wave
    on codebook.survey = wave.survey
where codebook.from_wave <= wave.wave and coalesce(codebook.to_wave, wave.wave) >= wave.wave
