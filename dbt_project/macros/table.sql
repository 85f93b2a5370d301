{#- A table is put in the place of the one before it in one transaction. dbt-duckdb builds it under another name and
    renames both, for databases that are not here: as much work for dbt as all else that it does for a model. -#}
{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
{%- set target = this.incorporate(type="table") -%}
{%- set existing = load_cached_relation(this) -%}
{#- What is Python writes on a connection of its own, which must not find the table before. -#}
{%- set is_with_it = model.language == "sql" -%}
{%- if existing is not none -%}
    {%- call statement("drop", auto_begin=is_with_it) -%} drop {{ existing.type }} {{ existing }} {%- endcall -%}
{%- endif -%}
{%- call statement("main", language=model.language) -%}
    {{- create_table_as(False, target, compiled_code, model.language) -}}
{%- endcall -%}
{{- adapter.commit() -}}
{{- return({"relations": [target]}) -}}
{% endmaterialization %}
