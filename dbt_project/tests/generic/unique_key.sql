{#- The rows of a table are unique on the key its contract names (meta.key). -#}
{% test unique_key(model) %}
{%- if execute %}
{%- set node = graph.nodes.values() | selectattr('resource_type', 'in', ['model', 'seed']) | selectattr('name', 'equalto', model.identifier) | first %}
{%- set key = node.config.meta.key | join(', ') %}
select
    {{ key }},
    count(*) as n_rows
from {{ model }}
group by {{ key }}
having count(*) > 1
{%- endif %}
{% endtest %}
