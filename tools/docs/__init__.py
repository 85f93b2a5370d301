"""The pages of the project as a site of plain HTML, which opens from disk: make docs.

Not here: any text of a page. Pages are Markdown beside the code; tables and columns are described in the dbt project
and named in seeds/labels.
"""
