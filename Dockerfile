# digital-tilstand as an image: the line, and Dagster's pages and daemon. See docs/operations.md, As a container.
FROM python:3.11-slim-bookworm

# Of the data, and of what is written while it runs, nothing lies in the image.
ENV TILSTAND_DATA_DIR=/data \
    DAGSTER_HOME=/data/work/dagster \
    TMPDIR=/data/work/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
RUN groupadd --gid 10001 tilstand && useradd --uid 10001 --gid tilstand --no-create-home tilstand \
    && install -d -o tilstand -g tilstand -m 0700 /data
WORKDIR /srv/digital-tilstand

# What changes seldom first: a layer that is kept while the project changes.
COPY tools/set_up.py tools/
COPY requirements.lock requirements-uv.lock pyproject.toml README.md LICENSE ./
COPY pipelines/__init__.py pipelines/
RUN python tools/set_up.py requirements.lock
COPY pipelines pipelines
COPY dbt_project dbt_project
COPY seeds seeds
COPY dagster.yaml workspace.yaml ./
ENV PATH=/srv/digital-tilstand/.venv/bin:$PATH

USER tilstand
VOLUME /data
EXPOSE 3000
ENTRYPOINT ["tilstand"]
CMD ["run"]
