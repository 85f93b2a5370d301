"""One command takes raw extracts to a published release: what the release holds, and that it agrees with print.

Not here: recounts by hand (test_recount.py), and runs after something changed (test_later_runs.py).
"""

import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.common.contracts import load_contracts
from pipelines.common.published import published_only
from pipelines.common.seeds import read_seed
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.metadata.write import metadata_seeds
from pipelines.publish.warehouse_copy import VIEWS
from tests.line import TABLES, Line, sha256

INDICATORS = {
    "strategi",
    "prosjekter",
    "digital_prioritering",
    "interne_funksjoner",
    "digital_kompetanse",
    "skytjenester",
    "digitale_innkjop",
    "tilbud",
    "bruk_digitale_tjenester",
    "digital_aktivitet",
}
# SSB Rapporter 2023/27, tables 3.1, 4.1, 5.1 and 5.2: kommuner with the grades 0-4. The counts of 2018 follow
# from the printed shares of 377.
PRINTED = {
    ("digital_prioritering", 2022): [17, 112, 70, 45, 110],
    ("digital_prioritering", 2018): [34, 105, 29, 110, 99],
    ("digital_kompetanse", 2022): [90, 19, 102, 61, 82],
    ("digital_kompetanse", 2018): [128, 17, 35, 58, 139],
    ("bruk_digitale_tjenester", 2022): [9, 16, 43, 27, 259],
    ("bruk_digitale_tjenester", 2018): [26, 99, 55, 101, 96],
    ("digital_aktivitet", 2022): [10, 31, 104, 27, 182],
    ("digital_aktivitet", 2018): [31, 112, 111, 37, 86],
}
ARROW = {
    "varchar": "string",
    "integer": "int32",
    "double": "double",
    "boolean": "bool",
    "timestamp": "timestamp[us]",
}
EMPTY = {"official_statistics_kommuner"}  # of the sample: it has no official statistics of single kommuner
# {version: SHA-256 of names, keys, columns and types of all tables}. Who changes one raises SCHEMA_VERSION of
# pipelines/publish/manifest.py: the first number where a query of before may fail, else the second.
SCHEMAS = {"1.2": "319cd655424d05d26c5ed69fcd13cbfd24c8a2a096bc06d2bb528ffe817e9043"}


@pytest.fixture(scope="module")
def tables(built: Line) -> dict[str, pd.DataFrame]:
    return built.tables()


# What the command says


def test_the_command_shows_progress_and_ends_with_a_summary(built: Line) -> None:
    said = (built.data_dir / "first_run.txt").read_text(encoding="utf-8")
    progress, summary = said.split("\nDone in ")
    assert re.search(r"^  marts +survey_estimates +\d+\.\d s", progress, re.MULTILINE)
    assert re.search(r"^  indicators +kommune_indicators +\d+\.\d s +[\d ]+ rows$", progress, re.MULTILINE)
    assert "sample" in progress
    assert f"Release in force: {built.release.name} (new)" in summary
    assert "SYNTHETIC" in summary
    for table in built.manifest["tables"]:
        assert re.search(rf"^  {table['name']} +{table['rows']:,} rows$".replace(",", " "), summary, re.MULTILINE)
    assert "Printed figures: 545" in summary
    assert str(built.settings.published / "current") in summary
    assert str(built.settings.warehouse) in summary


# The release, as design/outputs.md has it


def test_current_is_a_relative_link_to_the_only_release(built: Line) -> None:
    (release,) = built.releases()
    assert str((built.settings.published / "current").readlink()) == f"releases/{release}"
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", release)


def test_release_holds_the_tables_the_manifest_names_and_nothing_else(built: Line) -> None:
    top = {path.name for path in built.release.iterdir()}
    for_people = {"csv", "excel", "json-stat", "digital_tilstand.xlsx", "warehouse.duckdb"}
    documents = {"manifest.json", "datapackage.json", "CITATION.cff", "metadata", "report"}
    assert top == {f"{name}.parquet" for name in TABLES} | documents | for_people
    manifest = built.manifest
    named = {entry["path"] for entry in manifest["tables"] + manifest["files"]} | {"manifest.json"}
    held = {str(path.relative_to(built.release)) for path in built.release.rglob("*") if path.is_file()}
    assert held == named
    assert {"report/index.html", "report/reconciliation.csv", "metadata/data_dictionary.csv"} <= held
    assert "metadata/codebook/codebook.csv" in held


def test_manifest_says_when_from_what_and_by_what_the_release_was_made(built: Line) -> None:
    manifest = built.manifest
    assert manifest["release"] == built.release.name
    created = datetime.fromisoformat(manifest["created"])
    assert created.utcoffset() == datetime.now(UTC).utcoffset()
    assert f"{created:%Y%m%dT%H%M%SZ}" == manifest["release"].split("-")[0]
    assert manifest["schema_version"] in SCHEMAS
    assert manifest["packages"]["dagster"] == version("dagster")
    assert {"dagster", "dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow"} == set(manifest["packages"])
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT_DIR, capture_output=True, text=True)
    if head.returncode == 0:
        assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?", manifest["git_commit"])
    else:
        assert manifest["git_commit"] is None


def test_manifest_names_every_extract_with_its_hash_and_whether_it_is_synthetic(built: Line) -> None:
    landing = built.settings.landing
    files = sorted(path for path in landing.rglob("*") if path.suffix in (".csv", ".sav", ".xlsx"))
    assert built.manifest["inputs"] == [
        {
            "path": str(path.relative_to(landing)),
            "sha256": sha256(path),
            "is_synthetic": path.parent.parent.name in ("dfo_innbygger", "itip", "ssb_kommune", "ssb_stat"),
        }
        for path in files
    ]
    assert len(files) == 31
    assert built.manifest["is_synthetic"] is True


@pytest.mark.parametrize("name", TABLES)
def test_manifest_describes_each_file_as_it_is(built: Line, name: str) -> None:
    (entry,) = [entry for entry in built.manifest["tables"] if entry["name"] == name]
    path = built.release / entry["path"]
    assert entry["sha256"] == sha256(path)
    assert entry["bytes"] == path.stat().st_size
    frame = pq.read_table(path)
    assert entry["rows"] == frame.num_rows
    assert (frame.num_rows == 0) is (name in EMPTY)
    arrow = {
        "varchar": "string",
        "integer": "int32",
        "double": "double",
        "boolean": "bool",
        "timestamp": "timestamp[us]",
    }
    assert [(c["name"], arrow[c["type"]]) for c in entry["columns"]] == [
        (field.name, str(field.type)) for field in frame.schema
    ]
    assert set(entry["key"]) <= set(frame.column_names)


def test_files_of_the_release_have_their_hash_in_the_manifest(built: Line) -> None:
    for entry in built.manifest["files"]:
        path = built.release / entry["path"]
        assert (entry["sha256"], entry["bytes"]) == (sha256(path), path.stat().st_size), path


@pytest.mark.parametrize("name", TABLES)
def test_parquet_is_zstd_with_statistics_descriptions_and_sorted_by_its_key(built: Line, name: str) -> None:
    file = pq.ParquetFile(built.release / f"{name}.parquet")
    assert file.schema_arrow.metadata[b"description"]
    undescribed = [field.name for field in file.schema_arrow if not (field.metadata or {}).get(b"description")]
    assert not undescribed
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            chunk = file.metadata.row_group(group).column(column)
            assert chunk.compression == "ZSTD"
            assert chunk.is_stats_set or name in EMPTY
    (entry,) = [entry for entry in built.manifest["tables"] if entry["name"] == name]
    rows = file.read(entry["key"]).to_pylist()
    keys = [tuple((value is not None, value) for value in row.values()) for row in rows]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys), "the key is not unique"


@pytest.mark.parametrize("name", TABLES)
def test_duckdb_polars_and_pandas_read_the_same_rows(built: Line, name: str) -> None:
    path = built.release / f"{name}.parquet"
    with duckdb.connect() as con:
        by_duckdb = con.execute("select * from read_parquet(?)", [str(path)]).fetchall()
    assert pl.read_parquet(path).rows() == by_duckdb
    by_pandas = pd.read_parquet(path, dtype_backend="pyarrow").astype(object)
    rows = by_pandas.where(by_pandas.notna(), None).itertuples(index=False, name=None)
    assert list(rows) == by_duckdb


def test_warehouse_has_the_rows_of_the_release_and_says_which_it_is(built: Line) -> None:
    with duckdb.connect(str(built.settings.warehouse), read_only=True) as con:
        assert con.execute("select release_id from metadata.release").fetchall() == [(built.release.name,)]
        for name in TABLES:
            path = str(built.release / f"{name}.parquet")
            rows = con.execute(f"select * from marts.{name}").fetchall()
            assert rows == con.execute("select * from read_parquet(?)", [path]).fetchall(), name
        comments = con.execute("select comment from duckdb_columns() where schema_name = 'marts'").fetchall()
        assert comments and all(comment for (comment,) in comments)
        described = con.execute("select count(*) from metadata.columns where description <> ''").fetchone()[0]
        assert described == len(comments)


@pytest.mark.parametrize("seed", ["question", "code_frame", "category", "series_break", "figure_explanation"])
def test_warehouse_has_the_codebook_and_the_reasons_to_the_letter(built: Line, seed: str) -> None:
    with duckdb.connect(str(built.settings.warehouse), read_only=True) as con:
        table = con.execute(f"select * from metadata.{seed}")
        names = [column[0] for column in table.description]
        rows = [dict(zip(names, row, strict=True)) for row in table.fetchall()]
    assert rows == [{name: text or None for name, text in row.items()} for row in read_seed(seed)]


def test_report_shows_every_figure_to_people_and_to_spreadsheets(built: Line) -> None:
    for document in read_seed("source_document"):
        name = document["source_document"]
        page = (built.release / "report" / "etterproving" / f"{name}.html").read_text(encoding="utf-8")
        for seed, key in (("figures", "figure_id"), ("statement", "statement_id")):
            for row in read_seed(seed):
                assert (f'id="{row[key]}"' in page) is (row["source_document"] == name), row[key]
    sheet = (built.release / "report" / "reconciliation.csv").read_bytes()
    assert sheet.startswith(b"\xef\xbb\xbf")
    assert len(sheet.splitlines()) == 1 + 545


def test_no_answers_of_single_respondents_are_published(built: Line) -> None:
    contracts = published_only(load_contracts(built.settings.dbt_target / "manifest.json"))
    assert set(contracts) == set(TABLES)
    with duckdb.connect(str(built.settings.warehouse), read_only=True) as con:
        held = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        views = con.execute("select view_name from duckdb_views() where not internal").fetchall()
        columns = con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
    of_metadata = {"release", "columns", *(path.stem for path in metadata_seeds())}
    assert set(held) == {("marts", name) for name in TABLES} | {("metadata", name) for name in of_metadata}
    assert {name for (name,) in views} == set(VIEWS)
    assert {"estimate", "kommunenr"} <= {column for _, column in columns}
    of_answers = ("respondent_id", "code", "vekt", "weight", "folkemengde", "row_number")
    assert [c for c in columns if c[1] in of_answers] == [("kommuner", "folkemengde")]  # the official count
    # A kommune is public, its answers are not: it stands beside indicators, what is known of all kommuner
    # and what official statistics publish of them only.
    beside = {table for table, column in columns if column == "kommunenr"}
    assert beside == {"kommune_indicators", "kommune_profile", "kommuner", "official_statistics_kommuner"}


# The tables


def test_kommune_numbers_have_four_characters(tables: dict[str, pd.DataFrame]) -> None:
    numbers = pd.concat(
        [
            tables["kommune_indicators"]["kommunenr"],
            tables["kommune_crosswalk"]["from_kommunenr"],
            tables["kommune_crosswalk"]["to_kommunenr"],
        ]
    )
    assert set(numbers.str.len()) == {4}
    assert "0301" in set(tables["kommune_indicators"]["kommunenr"])


def test_shares_are_fractions_and_years_are_integers(tables: dict[str, pd.DataFrame]) -> None:
    estimates = tables["survey_estimates"]
    shares = estimates[estimates["scale"] == "share"]
    assert shares["estimate"].between(0, 1).all()
    # Where everyone has the same weight.
    unweighted = shares[shares["survey"] == "ssb_kommune"]
    assert (unweighted["estimate"] * unweighted["n_answers"] - unweighted["n_selected"]).abs().max() < 1e-9
    assert (shares["n_selected"] <= shares["n_answers"]).all()
    assert tables["indicator_distributions"]["share"].between(0, 1).all()
    for name in ("survey_estimates", "kommune_indicators", "indicator_distributions", "survey_waves"):
        assert str(tables[name]["wave"].dtype) == "int32"


@pytest.mark.parametrize(("indicator", "wave"), PRINTED)
def test_tables_of_the_report_come_out_to_the_last_kommune(
    tables: dict[str, pd.DataFrame], indicator: str, wave: int
) -> None:
    rows = tables["indicator_distributions"]
    native = rows[(rows["indicator"] == indicator) & (rows["wave"] == wave) & (rows["division_year"] == wave)]
    assert list(native.sort_values("score")["n_kommuner"]) == PRINTED[indicator, wave]
    assert set(native["n_total"]) == {sum(PRINTED[indicator, wave])}


def test_fylker_have_the_kommuner_of_the_whole_between_them(tables: dict[str, pd.DataFrame]) -> None:
    key = ["wave", "division_year", "indicator", "score"]
    of_fylker = tables["fylke_indicators"].groupby(key)["n_kommuner"].sum()
    assert of_fylker.to_dict() == tables["indicator_distributions"].set_index(key)["n_kommuner"].to_dict()


def test_strategy_area_of_later_waves_has_the_mean_of_the_two_it_replaced(tables: dict[str, pd.DataFrame]) -> None:
    """As the report defines it in the note to figure 3.1."""
    estimates = tables["survey_estimates"].query("wave == 2018 and breakdown == 'all'").set_index("question_id")
    replaced = estimates.loc[["ssb23_strategi_innbyggertjenester", "ssb23_strategi_naeringslivstjenester"], "estimate"]
    (found,) = tables["survey_bridges"].query("breakdown == 'all'")["estimate"]
    assert len(replaced) == 2
    assert found == pytest.approx(replaced.mean())


def test_merged_kommuner_are_those_that_the_reform_merged(tables: dict[str, pd.DataFrame]) -> None:
    """107 kommuner, and parts of two more, became 43: that is how 422 became 356."""
    merged = tables["survey_estimates"].query("breakdown == 'sammenslaaing' and question_id == 'ssb23_har_strategi'")
    n = merged.groupby(["wave", "category"])["n_respondents"].first()
    assert n.groupby("wave").sum().to_dict() == {2018: 377, 2022: 354}
    assert n[2022, "sammenslaatt"] == 43
    assert n[2018, "sammenslaatt"] <= 107 + 2
    assert n[2018, "ikke_sammenslaatt"] <= 422 - 107 - 2


def test_medians_that_fixed_the_thresholds_are_those_of_2018(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["indicator_distributions"]
    native = rows[(rows["wave"] == 2018) & (rows["division_year"] == 2018)].dropna(subset="median_value")
    medians = native.groupby("indicator")["median_value"].agg(set).to_dict()
    assert medians == {
        "strategi": {9},
        "prosjekter": {7},
        "interne_funksjoner": {8},
        "skytjenester": {6},
        "digitale_innkjop": {6},
        "tilbud": {2},
    }


def test_distributions_count_the_kommuner_of_kommune_indicators(tables: dict[str, pd.DataFrame]) -> None:
    scored = tables["kommune_indicators"].dropna(subset="score")
    counted = scored.groupby(["wave", "division_year", "indicator", "score"]).size()
    said = tables["indicator_distributions"].set_index(["wave", "division_year", "indicator", "score"])["n_kommuner"]
    assert counted.to_dict() == said[said > 0].to_dict()


def test_response_is_the_report_s(tables: dict[str, pd.DataFrame]) -> None:
    waves = tables["survey_waves"].set_index(["survey", "wave"]).loc["ssb_kommune"]
    assert waves["n_population"].to_dict() == {2018: 422, 2022: 356}
    assert waves["n_respondents"].to_dict() == {2018: 377, 2022: 354}


def test_ten_indicators_in_native_division_and_in_every_panel(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["kommune_indicators"]
    found = rows.groupby(["wave", "division_year"])["indicator"].agg(set).to_dict()
    assert found == {(wave, year): INDICATORS for wave in (2018, 2022) for year in {wave, 2018, 2020, 2024}}
    native = rows[rows["method"] == "native"]
    assert (native["wave"] == native["division_year"]).all()
    assert native.groupby("wave")["kommunenr"].nunique().to_dict() == {2018: 377, 2022: 354}
    assert (native["n_predecessors"] == 1).all() and (native["predecessors_answered_share"] == 1).all()


def test_panels_hold_kommuner_of_their_division_only(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["kommune_indicators"]
    for year in (2018, 2020, 2024):
        day = f"{year}-01-01"
        valid = {
            row["kommunenr"]
            for row in read_seed("kommune")
            if row["valid_from"] <= day and (not row["valid_to"] or row["valid_to"] > day)
        }
        assert set(rows[rows["division_year"] == year]["kommunenr"]) <= valid
        assert not rows[rows["division_year"] == year][["kommunenavn", "fylkesnr"]].isna().any(axis=None)


def test_panel_score_is_missing_below_half_of_the_inhabitants_and_only_there(tables: dict[str, pd.DataFrame]) -> None:
    rows = tables["kommune_indicators"]
    merged = rows[rows["n_predecessors"] > 1]
    answered = merged["predecessors_answered_share"] >= 0.5
    assert 0 < answered.sum() < len(merged)
    assert (merged["score"].notna() == answered).all()


def test_only_what_comes_from_the_sample_is_marked_synthetic(tables: dict[str, pd.DataFrame]) -> None:
    for name in ("survey_estimates", "survey_waves", "kommune_indicators", "indicator_distributions"):
        assert tables[name]["is_synthetic"].all(), name
    assert not tables["international_rankings"]["is_synthetic"].any()
    log = tables["extract_log"].set_index("survey")["is_synthetic"]
    assert log["ssb_kommune"].all() and not log["un_egdi"].any()


# Reconciliation


def test_every_printed_figure_has_its_row_and_none_differs(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"]
    assert len(figures) == 545
    assert set(figures["figure_id"]) == {row["figure_id"] for row in read_seed("figures")}
    differing = figures[figures["status"] == "differs"]
    assert differing["figure_id"].tolist() == []


def test_all_figures_of_the_ssb_report_are_recomputed_carried_or_explained(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"]
    counts = figures[figures["source_document"] == "ssb_rapport_2023_27"]["status"].value_counts()
    assert counts.sum() == 168
    assert counts["exact"] + counts["within_rounding"] == 160
    assert (counts["carried"], counts["explained"]) == (4, 4)


def test_all_figures_of_the_citizens_survey_are_recomputed(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"]
    printed = figures[figures["source_document"] == "dfo_innbygger_2023"]
    assert len(printed) == 15
    assert set(printed["status"]) <= {"exact", "within_rounding"}
    quoted = figures[figures["figure_id"].str.startswith("digdir_misfornoyd_selvbetjening")]
    assert len(quoted) == 3
    assert set(quoted["status"]) <= {"exact", "within_rounding"}


def test_every_printed_figure_is_accounted_for(tables: dict[str, pd.DataFrame]) -> None:
    """Nothing differs and nothing is left; few are explained, few carried, and those for want of answers only."""
    figures = tables["reconciliation"]
    counts = figures["status"].value_counts()
    assert counts.sum() == 545
    assert set(counts.index) == {"exact", "within_rounding", "explained", "carried"}
    assert counts["explained"] / 545 <= 0.08
    assert counts["carried"] / 545 <= 0.15
    carried = figures[figures["status"] == "carried"].set_index("figure_id")
    answered = ("survey_estimates", "survey_changes", "itip_indicators", "survey_composition", "indicator_")
    assert not carried["computed_from"].str.startswith(answered).any()
    assert not carried["is_synthetic"].any()


def test_an_order_that_is_lost_is_said_to_be(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"].set_index("figure_id")
    sets = {row["figure_id"] for row in read_seed("figures") if row["value_set"]}
    assert len(sets) == 26
    assert figures.loc[sorted(sets), "explanation"].str.contains("avstemt mot settet").all()


def test_figures_that_cannot_agree_say_why(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"]
    why = figures[figures["status"].isin(["explained", "carried", "not_computed"])]["explanation"]
    assert why.notna().all() and (why.str.len() > 20).all()


def test_ranks_of_the_united_nations_agree_with_digdir_on_real_data(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"].set_index("figure_id").loc[["digdir_egdi_rank_2016", "digdir_egdi_rank_2018"]]
    assert figures["computed_value"].tolist() == [18, 14]
    assert set(figures["status"]) == {"exact"}
    assert not figures["is_synthetic"].any()


def test_agreement_on_the_sample_is_marked_synthetic(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["reconciliation"]
    recomputed = figures["status"].isin(["exact", "within_rounding", "explained"])
    # A change of printed places, a growth and an increase of printed counts.
    of_print = recomputed & figures["explanation"].str.startswith("Regnet av tall som er skrevet av", na=False)
    assert of_print.sum() == 3
    of_rankings = recomputed & figures["computed_from"].str.startswith("international_rankings", na=False) & ~of_print
    # How many items a form has is read in the codebook, not in anyone's answers.
    of_the_form = figures["computed_from"].str.startswith("count_measures", na=False)
    of_answers = recomputed & ~of_the_form & ~of_rankings & ~of_print
    assert (figures["is_synthetic"] == of_answers).all()
    assert (of_the_form.sum(), of_rankings.sum()) == (5, 9)  # the UN's index, and the benchmark's own scores and places


# The goals

STATUSES = {
    2022: {1: "Middels", 2: "Middels", 4: "Mindre god", 5: "God"},
    2023: {3: "God"},
}


@pytest.mark.parametrize("year", STATUSES)
def test_later_edition_has_its_goals_and_key_figures_as_printed_and_nothing_else(
    tables: dict[str, pd.DataFrame], year: int
) -> None:
    goals = tables["goal_scorecard"].query(f"year == {year}").set_index("goal_no")
    assert goals["status_nb"].to_dict() == STATUSES[year]
    assert not goals["is_synthetic"].any()
    figures = tables["goal_key_figures"].query(f"year == {year}").set_index("key_figure")
    edition = {r["key_figure"]: r for r in read_seed("key_figure_edition") if r["edition"] == str(year)}
    assert set(figures.index) == set(edition)
    printed = {row["figure_id"]: float(row["published_value"]) for row in read_seed("figures")}
    for name, row in figures.iterrows():
        assert row["value"] == row["published_value"] == printed[f"digdir{year % 100}_{name}_{year}"], name
        assert row["goal_no"] == int(edition[name]["goal_no"])
        assert row["is_headline"] == (edition[name]["is_headline"] == "true")


def test_tags_of_the_later_editions_follow_from_their_numbers(tables: dict[str, pd.DataFrame]) -> None:
    figures = tables["goal_key_figures"].query("year > 2021").set_index("key_figure")
    assert figures["is_carried"].all() and len(figures) == 18
    judged = figures[figures["tag_agrees"].notna()]
    assert judged["tag_agrees"].all() and len(judged) == 12
    assert judged["published_tag"].notna().sum() == 10
    assert judged.loc["aldri_sjelden_deler", "derived_tag"] == "Positiv synkende trend"
    # Printed with a tag, and without a number before it.
    unjudged = figures[figures["tag_agrees"].isna() & figures["published_tag"].notna()]
    assert unjudged.index.tolist() == ["virksomheter_fellesloesninger_antall"]


def test_rule_says_nothing_of_goals_with_few_key_figures(tables: dict[str, pd.DataFrame]) -> None:
    goals = tables["goal_scorecard"]
    assert (goals["rule_status_nb"].notna() == (goals["n_scored"] >= 3)).all()
    assert (goals["n_key_figures"] > 0).all()
    assert goals["rule_status_nb"].isna().any()
    of_2021 = goals[goals["year"] == 2021]
    assert of_2021["rule_status_nb"].notna().all() and of_2021["rule_agrees"].sum() == 4


# Claims in words


@pytest.fixture(scope="module")
def claims(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["statement_reconciliation"].set_index("statement_id")


def test_every_claim_has_its_row_and_says_what_it_rests_on(claims: pd.DataFrame) -> None:
    assert set(claims.index) == {row["statement_id"] for row in read_seed("statement")}
    assert (claims["explanation"].str.len() > 5).all()
    named = {row["statement_id"] for row in read_seed("statement_term")}
    assert set(claims.index[claims["computed_from"].notna()]) == named


def test_only_claims_that_nobody_asks_about_are_not_computable(claims: pd.DataFrame) -> None:
    """A cell that is misspelt in the seeds would be one that is missing."""
    known = {row["statement_id"] for row in read_seed("statement") if row["known"] == "not_computable"}
    assert set(claims.index[claims["status"] == "not_computable"]) == known


def test_claims_on_a_full_count_have_no_noise(claims: pd.DataFrame) -> None:
    of_counts = claims["source_document"].isin(["ssb_ikt_staten_2016", "ssb_rapport_2023_27"])
    assert of_counts.sum() > 50
    assert claims.loc[of_counts, ["std_error", "p_value"]].isna().all(axis=None)
    assert not claims.loc[of_counts, "status"].str.contains("noise").any()
    assert claims.loc[~of_counts, "p_value"].notna().sum() > 50


def test_noise_decides_what_a_claim_is_called(claims: pd.DataFrame) -> None:
    compared = claims[claims["p_value"].notna()]
    within = compared["status"].isin(["holds_within_noise", "contradicted_within_noise"])
    plain = compared["status"].isin(["holds", "contradicted"])
    assert (compared.loc[within, "p_value"] > 0.05).all() and within.any()
    assert (compared.loc[plain, "p_value"] <= 0.05).all() and plain.any()


def test_changed_table_raises_the_schema_version(built: Line) -> None:
    tables = built.manifest["tables"]
    said = [[t["name"], t["key"], [[c["name"], c["type"]] for c in t["columns"]]] for t in tables]
    found = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    assert found == SCHEMAS[built.manifest["schema_version"]], f"raise SCHEMA_VERSION, and write {found} here"
