{#- Each row names, by `columns`, a row of another table; `to_columns` where its columns are called otherwise. A row in
    which any of the columns is blank names none. -#}
{% test foreign_key(model, columns, to, to_columns=none) %}
{%- set same = [] %}
{%- for column in columns %}
    {%- do same.append('child.' ~ column ~ ' = parent.' ~ (to_columns or columns)[loop.index0]) %}
{%- endfor %}
select distinct {{ columns | join(', ') }}
from {{ model }} as child
where
    {{ columns | join(' is not null and ') }} is not null
    and not exists (
        select 1 from {{ to }} as parent
        where {{ same | join(' and ') }}
    )
{% endtest %}
