"""The Dagster assets of publishing: the release, and the verdict on what could not be loaded.

Not here: how a release is written and switched to (release.py).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

import dagster as dg
import duckdb

from pipelines.common.accepted import Row
from pipelines.common.contracts import Contract
from pipelines.common.in_force import Input, current_release
from pipelines.common.metadata import asset_key
from pipelines.common.progress import tell
from pipelines.common.published import ADDED_FROM, published_only
from pipelines.common.seeds import read_seed
from pipelines.common.workspace import Workspace
from pipelines.ingest.forgotten import WAVE, forgotten
from pipelines.ingest.raw_tables import loads_in_use, refusals
from pipelines.publish import drift
from pipelines.publish.before import tables_before
from pipelines.publish.evidence import missing_waves
from pipelines.publish.in_order import not_in_order, other_loads
from pipelines.publish.metadata.publication import publication
from pipelines.publish.release import Release, Watch, publish
from pipelines.publish.report.charts import key_charts
from pipelines.publish.tidy import Tell

RELEASE = dg.AssetKey(["published", "release"])
STAYS_HIDDEN = "hidden_stays_hidden"
INPUTS = "select file_name, sha256, is_synthetic from marts.extract_log where status = 'loaded' order by file_name"
HIDDEN = """
select count(*) from (
    select is_suppressed from marts.survey_estimates
    union all select is_suppressed from marts.survey_composition
    union all select is_suppressed from marts.weight_audit
) where is_suppressed
"""
RULES = "select * replace (coalesce(part, '') as part) from seeds.disclosure_rule"
MOST_LINES = 10  # of what is given away
EXAMPLE = "example.org"  # of addresses that are nobody's
SITE = "http://localhost:8000/report"  # where `make site` serves the report


def build_publish_assets(
    contracts: dict[str, Contract], made_before: Sequence[dg.AssetsDefinition] = ()
) -> list[dg.AssetsDefinition]:
    """The assets of the group published.

    Where they are defined together with those that are made before them, a release asks whether these are in order.
    """
    tables = published_only(contracts)
    made_from = {key: assets.asset_deps[key] for assets in made_before for key in assets.keys}

    @dg.asset(
        key=RELEASE,
        deps=[*(asset_key(contract) for contract in tables.values()), *(dg.AssetKey(list(at)) for at in ADDED_FROM)],
        group_name="published",
        kinds={"parquet", "duckdb"},
        description="One immutable release of all tables, switched to in one step. Nothing new when nothing changed.",
        check_specs=[
            dg.AssetCheckSpec(
                STAYS_HIDDEN,
                asset=RELEASE,
                description="What a release hides cannot be computed from all that it shows, nor bounded more narrowly "
                "than the rule asks. Looked at before it is published, which it is not where this fails.",
                blocking=True,
            )
        ],
    )
    def release(
        context: dg.AssetExecutionContext, workspace: Workspace
    ) -> Iterator[dg.AssetCheckResult | dg.AssetObservation | dg.MaterializeResult[None]]:
        with workspace.open_build(read_only=True) as con:
            in_use = [load for loads in loads_in_use(con).values() for load in loads]
            corrected = {load.file_name: load.corrections for load in in_use}
            inputs = [
                Input(path, sha256, is_synthetic, corrected.get(path, ""))
                for path, sha256, is_synthetic in con.execute(INPUTS).fetchall()
            ]
            refused = refusals(con)
            if refused and not inputs and current_release(workspace.settings) is None:
                _stop("Nothing was published: there is no accepted delivery, and no release is in force.", refused)
            loaded = [Input(load.file_name, load.sha256, load.is_synthetic, load.corrections) for load in in_use]
            if problem := _not_in_order(context, made_from) or other_loads(loaded, inputs):
                _stop(problem, refused)
            if named := _example_publisher(inputs):
                tell(context, named)
            numbers, problem = _attacked(con)
            yield dg.AssetCheckResult(check_name=STAYS_HIDDEN, passed=not problem, metadata=numbers)
            if problem:
                _stop(problem, refused)
            say = partial(tell, context)
            watch = Watch(say, partial(_may_replace, con, tables, inputs, say))
            try:
                published = publish(con, workspace.settings, tables, inputs, watch=watch)
            except NotAcceptedError as error:
                _stop(str(error), refused)
        rows = {table["name"]: table["rows"] for table in published.manifest["tables"]}
        context.log.info(f"release {published.release_id}: {'new' if published.is_new else 'unchanged'}")
        if published.is_new:
            yield from _observed(published, tables)
        yield dg.MaterializeResult(
            metadata={
                "release": published.release_id,
                "is_new": published.is_new,
                "path": dg.MetadataValue.path(published.path),
                "report": dg.MetadataValue.path(published.path / "report" / "index.html"),
                "report_page": dg.MetadataValue.url(f"{SITE}/index.html"),
                "rows": dg.MetadataValue.json(rows),
                "dagster/row_count": sum(rows.values()),
            }
        )

    @dg.asset(
        key=["published", "accepted_extracts"],
        deps=[RELEASE],
        group_name="published",
        kinds={"file"},
        description="Fails when a file in landing/ was refused, after all that was accepted is published.",
    )
    def accepted_extracts(workspace: Workspace) -> None:
        with workspace.open_build(read_only=True) as con:
            refused = refusals(con)
        if refused:
            raise dg.Failure(description="\n\n".join(refused), allow_retries=False)

    @dg.asset(
        key=["published", "target"],
        deps=[RELEASE],
        group_name="published",
        kinds={"file"},
        description="A copy of the release in force at TILSTAND_TARGET_URL, where one is set: whole, then pointed at.",
    )
    def target(workspace: Workspace) -> dg.MaterializeResult[None]:
        if not (url := workspace.settings.target_url):
            return dg.MaterializeResult(metadata={"target": "none is set"})
        from pipelines.publish.target import TargetError, send_in_force

        try:
            sent = send_in_force(workspace.settings, url)
        except TargetError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        if sent is None:
            return dg.MaterializeResult(metadata={"target": "nothing is published yet"})
        return dg.MaterializeResult(
            metadata={"target": sent.pointer, "release": sent.release_id, "files": sent.n_files}
        )

    return [release, accepted_extracts, target]


def _observed(published: Release, tables: dict[str, Contract]) -> Iterator[dg.AssetObservation]:
    """Of each table that the report shows: its key chart, and the page to look it up on."""
    charts = dict(key_charts(published.path, tables))
    for row in (row for row in read_seed("table_page") if row["table_name"] in tables):
        name = row["table_name"]
        metadata: dict[str, dg.MetadataValue] = {
            "report_page": dg.MetadataValue.url(f"{SITE}/{row['address']}.html"),
            "report": dg.MetadataValue.path(published.path / "report" / f"{row['address']}.html"),
        }
        if name in charts:
            metadata["key_chart"] = dg.MetadataValue.md(charts[name])
        yield dg.AssetObservation(asset_key(tables[name]), metadata=metadata)


def _not_in_order(context: dg.AssetExecutionContext, made_from: Mapping[dg.AssetKey, Collection[dg.AssetKey]]) -> str:
    """Whether what the release is made of was made in parts, and a part of it is old; '' where it was not.

    Asked in a run of all as well, for a twentieth of a second: it may be the end alone of one that failed before.
    """
    if not made_from:
        return ""
    entries = [record.asset_entry for record in context.instance.get_asset_records(list(made_from))]
    # By its number in the history: a clock may have been set back.
    made = {entry.asset_key.to_user_string(): entry.last_materialization_storage_id for entry in entries}
    return not_in_order(
        {key.to_user_string(): [parent.to_user_string() for parent in parents] for key, parents in made_from.items()},
        {name: number for name, number in made.items() if number is not None},
    )


class NotAcceptedError(Exception):
    """The release would change what nobody accepted; the message says what, and what to do."""


def _may_replace(
    con: duckdb.DuckDBPyConnection, tables: dict[str, Contract], inputs: list[Input], say: Tell, in_force: Path
) -> list[Row]:
    """What people accepted of a release that is made from the build database, to take the place of the one in force.

    Says which waves are no longer there. Raises NotAcceptedError.
    """
    before = drift.made_from(in_force)
    of_before, was_forgotten = {i.sha256 for i in before}, forgotten(con)
    # What was forgotten, and not what was exported anew since, published, and lost.
    on_purpose = {was.folder for was in was_forgotten if was.sha256 in of_before}
    dates = {
        was.folder: f"{was.forgotten_at:%Y-%m-%d}"
        for was in was_forgotten
        if was.what == WAVE and was.folder in on_purpose
    }
    changes = drift.of_inputs(before, inputs, dates)
    then: list[Row] = []
    for was in tables_before(con, in_force, say):
        made_of = before if was.release == in_force else drift.made_from(was.release)
        found = drift.of_tables(con, was, tables, is_same_files=set(made_of) == set(inputs))
        if was.release != in_force:  # what was accepted when another took its place holds still
            rows, found = drift.judge(was.release.name, found)
            then += rows
        changes += found
    rows, left = drift.judge(in_force.name, changes)
    if left:
        raise NotAcceptedError(drift.stop_message(in_force.name, left))
    missing = missing_waves(before, inputs)
    if gone := [wave for wave in missing if wave not in dates]:
        say(f"! in release {in_force.name}, and in none after it, as was accepted: {', '.join(gone)}")
    for wave in (wave for wave in missing if wave in dates):
        say(f"! {wave} was forgotten on {dates[wave]}: release {in_force.name} keeps its figures, none after it")
    return [*then, *rows]


def _example_publisher(inputs: list[Input]) -> str:
    """That real data are about to be published under the sample's publisher; '' where they are not."""
    said = publication()
    if not inputs or any(i.is_synthetic for i in inputs) or EXAMPLE not in said.address:
        return ""
    return (
        f"! real data are published as {said.said['publisher_nb']}'s, at {said.address}, which is made up: write the "
        "publisher, address, contact and licence in seeds/labels/publication.csv (docs/metadata.md)"
    )


def _attacked(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, float], str]:
    """What an attack on the tables finds, {name: number} for the check, and why nothing is published; '' where it is.

    narrowest_interval: of the cells bounded, in what the rule asks for: less than 1 is too narrow.
    """
    if not (n_hidden := con.execute(HIDDEN).fetchall()[0][0]):
        return {"hidden_rows": 0, "cells_bounded": 0}, ""
    # Not before: a release that hides nothing need not wait for linear programmes to be loaded.
    from pipelines.attack.attack import attack, in_words
    from pipelines.attack.presolve import ContradictionError

    try:
        findings = attack(con, con.execute(RULES).df())
    except ContradictionError as error:
        problem = f"Nothing was published: the tables contradict each other ({error}). Report it as a fault."
        return {"hidden_rows": n_hidden}, problem
    numbers = {
        "hidden_rows": n_hidden,
        "cells_bounded": len(findings),
        "exact": int(findings["is_exact"].sum()),
        "too_narrow": int(findings["is_too_narrow"].sum()),
    }
    relative = (findings["width"] / findings["protection"]).dropna()
    if len(relative):
        numbers["narrowest_interval"] = float(relative.min())
    lines = in_words(findings)
    return numbers, _given_away(lines) if lines else ""


def _given_away(lines: list[str]) -> str:
    """What to say of them: the first ones, how many more, and what to do."""
    more = [f"... and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
    return "\n".join(
        [
            f"Nothing was published: what the release shows gives away {len(lines)} of the numbers that it hides.",
            *lines[:MOST_LINES],
            *more,
            "Report it as a fault, or raise the threshold in seeds/disclosure/disclosure_rule.csv (docs/privacy.md).",
        ]
    )


def _stop(problem: str, refused: list[str]) -> NoReturn:
    """End the run; what was refused would otherwise be said by an asset that is not reached."""
    raise dg.Failure("\n\n".join([problem, *refused]), allow_retries=False)
