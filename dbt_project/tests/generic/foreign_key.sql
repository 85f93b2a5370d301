{#- Each row names, by `columns`, a row of another table; `to_columns` where its columns are called otherwise. A row in
    which any of the columns is blank names none. -#}
{% test foreign_key(model, columns, to, to_columns=none) %}
select distinct
    {%- for column in columns %}
    child.{{ column }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from {{ model }} as child
where
    {%- for column in columns %}
    child.{{ column }} is not null and
    {%- endfor %}
    not exists (
        select 1 from {{ to }} as parent
        where
            {%- for column in columns %}
            {% if not loop.first %}and {% endif -%}
            child.{{ column }} = parent.{{ (to_columns or columns)[loop.index0] }}
            {%- endfor %}
    )
{% endtest %}
