"""What is real in force is never replaced by what is synthetic, nor by nothing, until someone accepts it by name.

Not here: how a release is published (test_publish.py), and whole runs (tests/integration/test_missing_landing.py).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.common import accepted
from pipelines.common.in_force import InForceError, Input, current_release, inputs_of
from pipelines.common.settings import Settings
from pipelines.common.workspace import Workspace
from pipelines.ingest import assets as ingest_assets
from pipelines.ingest.raw_tables import ensure_tables, replace_refusals
from pipelines.landing import assets as landing_assets
from pipelines.landing.assets import landing_extracts, real_in_force
from pipelines.landing.sample import made_up_surveys
from pipelines.publish import assets
from pipelines.publish.assets import build_publish_assets
from pipelines.publish.evidence import missing_waves, why_not
from pipelines.publish.metadata.publication import publication
from pipelines.publish.release import Watch

IN_FORCE = "20260302T120000Z-0123abcd"
LOAD = """
insert into raw.extract_load by name
select '' as survey, 0 as wave, ? as file_name, ? as sha256, ? as is_synthetic, 'loaded' as status, 0 as size_bytes,
    '' as reader, current_date as loaded_at, 0 as n_findings, '' as provenance, '' as codebook_fingerprint
"""
EXAMPLE = "which is made up"  # of the publisher that the seeds begin with


def inputs(**waves: str) -> list[Input]:
    """One file for each wave: `a_2018="real"` is a/2018, in a file of its own."""
    return [
        Input(f"{name.replace('_', '/')}/file.csv", name, {"real": False, "synthetic": True}[kind])
        for name, kind in waves.items()
    ]


# What is compared

REPLACED = {
    "a real wave would be synthetic": (
        inputs(a_2018="real", b_2020="synthetic"),
        inputs(a_2018="synthetic", b_2020="synthetic"),
        "a/2018 is real in it and would be synthetic",
    ),
    "one of two real waves": (
        inputs(a_2018="real", a_2020="real"),
        inputs(a_2018="real", a_2020="synthetic"),
        "a/2020 is real in it and would be synthetic",
    ),
    "a survey would have only synthetic waves": (
        inputs(a_2018="real", b_2020="synthetic"),
        inputs(a_2020="synthetic", b_2020="synthetic"),
        "a/2018 is real in it, and of a only synthetic data would be left (a/2020)",
    ),
    "a release without anything synthetic would have some": (
        inputs(a_2018="real"),
        inputs(a_2018="real", b_2020="synthetic"),
        "nothing in it is synthetic (a/2018), and b/2020 would be",
    ),
    "no wave is left": (
        inputs(a_2018="real", b_2020="real"),
        [],
        "it is made from a/2018, b/2020, and no wave is left",
    ),
    "no wave is left of the sample": (inputs(a_2018="synthetic"), [], "it is made from a/2018, and no wave is left"),
}
ALLOWED = {
    "the same": (inputs(a_2018="real"), inputs(a_2018="real")),
    "the sample again": (inputs(a_2018="synthetic"), inputs(a_2018="synthetic")),
    "the first release": ([], inputs(a_2018="synthetic")),
    "nothing after nothing": ([], []),
    "from synthetic to real": (inputs(a_2018="synthetic"), inputs(a_2018="real")),
    "a real wave beside the sample's": (
        inputs(a_2018="real", a_2020="synthetic"),
        inputs(a_2018="real", a_2020="synthetic", a_2022="synthetic"),
    ),
    "a real wave is gone, another is left": (
        inputs(a_2018="real", a_2020="real", b_2020="synthetic"),
        inputs(a_2018="real", a_2022="synthetic", b_2020="synthetic"),
    ),
    "a real survey is gone, nothing is in its place": (
        inputs(a_2018="real", b_2020="synthetic"),
        inputs(b_2020="synthetic"),
    ),
}


@pytest.mark.parametrize("case", REPLACED)
def test_what_would_hide_or_lose_real_data_is_said(case: str) -> None:
    before, after, reason = REPLACED[case]
    assert why_not(before, after) == [reason]


@pytest.mark.parametrize("case", ALLOWED)
def test_what_hides_no_real_data_goes_on(case: str) -> None:
    assert why_not(*ALLOWED[case]) == []


def test_waves_that_are_gone_are_named() -> None:
    before = inputs(a_2018="real", a_2020="real", b_2020="synthetic")
    assert missing_waves(before, inputs(a_2020="real", c_2021="real")) == ["a/2018", "b/2020"]


# What is in force


def put_in_force(settings: Settings, made_from: Iterable[Input]) -> Path:
    """A release in force that holds only what says what it was made from."""
    release = settings.published / "releases" / IN_FORCE
    release.mkdir(parents=True)
    said = {"release": IN_FORCE, "inputs": [asdict(i) for i in made_from]}
    (release / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    log = [
        {"file_name": i.path, "sha256": i.sha256, "is_synthetic": i.is_synthetic, "status": "loaded"} for i in made_from
    ]
    log += [{**row, "status": "replaced", "is_synthetic": not row["is_synthetic"]} for row in log]
    if log:
        pq.write_table(pa.Table.from_pylist(log), release / "extract_log.parquet")
    (settings.published / "current").symlink_to(Path("releases") / IN_FORCE)
    return release


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
    settings = Settings(tmp_path / "data")
    settings.work.mkdir(parents=True)
    return settings


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"inputs": [1]}'])
def test_what_a_release_was_made_from_is_known_also_when_its_manifest_is_damaged(
    settings: Settings, content: str | None
) -> None:
    made_from = inputs(a_2018="real", b_2020="synthetic")
    release = put_in_force(settings, made_from)
    assert inputs_of(release) == made_from
    (release / "manifest.json").unlink()
    if content is not None:
        (release / "manifest.json").write_text(content, encoding="utf-8")
    assert inputs_of(release) == made_from
    (release / "extract_log.parquet").write_bytes(b"PAR1")
    with pytest.raises(InForceError, match=f"(?s)what it was made from is not known.*\n{IN_FORCE},replaced,,,"):
        inputs_of(release)


# What a run does


def accept(
    monkeypatch: pytest.MonkeyPatch, kind: str = "replaced", subject: str = "", release_id: str = IN_FORCE
) -> None:
    """Someone accepted it in the seed."""
    row = {"release_id": release_id, "kind": kind, "subject": subject, "at_most": "", "accepted_by": "Kari"}
    monkeypatch.setattr(accepted, "read_seed", lambda _: [row])


class PublishedError(Exception):
    """Publishing began."""


def release_asset(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, made_from: Iterable[Input], refused: Iterable[str] = ()
) -> tuple[dg.Failure | PublishedError, list[str]]:
    """How the asset of the release ended, and what it logged; publishing itself is not reached."""

    def publish(_: object, settings: Settings, *__: object, watch: Watch) -> None:
        if in_force := current_release(settings):
            watch.may_replace(in_force)
        raise PublishedError

    monkeypatch.setattr(assets, "publish", publish)
    with duckdb.connect(str(settings.build_db)) as con:
        ensure_tables(con)
        replace_refusals(con, [(None, None, "a/2018/file.csv", message) for message in refused])
        con.execute("create schema marts")
        con.execute("create view marts.extract_log as from raw.extract_load")
        for table in ("survey_estimates", "survey_composition", "weight_audit"):
            con.execute(f"create table marts.{table} (is_suppressed boolean)")
        for i in made_from:
            con.execute(LOAD, [i.path, i.sha256, i.is_synthetic])
    workspace = Workspace(data_dir=str(settings.data_dir))
    return ended(build_publish_assets({})[0], workspace, PublishedError)


def ended(asset: dg.AssetsDefinition, workspace: Workspace, *expected: type[Exception]) -> tuple[Exception, list[str]]:
    """How the function of an asset ended, and what it logged."""
    told: list[str] = []
    context = SimpleNamespace(log=SimpleNamespace(info=told.append, log=lambda _, text, **__: told.append(text)))
    with pytest.raises((dg.Failure, *expected)) as end:
        list(asset.op.compute_fn.decorated_fn(context, workspace))
    return end.value, told


@pytest.mark.parametrize("case", REPLACED)
def test_release_that_would_hide_or_lose_real_data_is_not_published(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    before, after, reason = REPLACED[case]
    put_in_force(settings, before)
    end, _ = release_asset(settings, monkeypatch, after, refused=["landing/a/2018/file.csv was refused"])
    assert isinstance(end, dg.Failure) and not end.allow_retries
    assert end.description.startswith("Nothing was published")
    for said in (
        reason,
        IN_FORCE,
        "seeds/corrections/accepted_change.csv",
        f"\n{IN_FORCE},replaced,,,",
        "file.csv was refused",
    ):
        assert said in end.description


@pytest.mark.parametrize("case", REPLACED)
def test_release_that_is_named_is_replaced_by_anything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    before, after, _ = REPLACED[case]
    put_in_force(settings, before)
    accept(monkeypatch)
    assert isinstance(release_asset(settings, monkeypatch, after)[0], PublishedError)


def test_release_of_which_nothing_is_known_is_replaced_only_when_it_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = put_in_force(settings, inputs(a_2018="real"))
    for file in release.iterdir():
        file.unlink()
    with pytest.raises(InForceError, match=IN_FORCE):
        release_asset(settings, monkeypatch, inputs(a_2018="real"))
    settings.build_db.unlink()
    accept(monkeypatch)
    assert isinstance(release_asset(settings, monkeypatch, inputs(a_2018="real"))[0], PublishedError)


def test_another_release_s_name_replaces_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_force(settings, inputs(a_2018="real"))
    accept(monkeypatch, release_id="20250101T000000Z-ffffffff")
    end, _ = release_asset(settings, monkeypatch, inputs(a_2018="synthetic"))
    assert isinstance(end, dg.Failure)


def test_wave_that_is_gone_stops_a_run_until_it_is_accepted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(settings, inputs(a_2018="real", a_2020="real", b_2020="real"))
    end, _ = release_asset(settings, monkeypatch, inputs(a_2020="real"))
    assert isinstance(end, dg.Failure)
    for wave in ("a/2018", "b/2020"):
        assert f"- {wave} is in it, and would be in no table (wave_gone)" in end.description
        assert f"\n{IN_FORCE},wave_gone,{wave},,<your name>," in end.description
    settings.build_db.unlink()
    accept(monkeypatch, "wave_gone", "a/2018")
    end, _ = release_asset(settings, monkeypatch, inputs(a_2020="real"))
    assert "a/2018" not in end.description and "b/2020" in end.description
    settings.build_db.unlink()
    end, told = release_asset(settings, monkeypatch, inputs(a_2020="real", b_2020="real"))
    assert isinstance(end, PublishedError)
    assert f"! in release {IN_FORCE}, and in none after it, as was accepted: a/2018" in told


def test_wave_that_was_forgotten_is_said_to_be_and_the_run_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(settings, inputs(a_2018="real", a_2020="real"))
    with duckdb.connect(str(settings.build_db)) as con:
        ensure_tables(con)
        con.execute("insert into raw.forgotten values ('a', 2018, 'a/2018/f.csv', 'a_2018', 'wave', '2026-05-04')")
        con.execute("insert into raw.forgotten values ('b', 2020, 'b/2020/f.csv', 'b1', 'respondent', '2026-05-05')")
    end, told = release_asset(settings, monkeypatch, inputs(a_2020="real"))
    assert isinstance(end, PublishedError)
    assert f"! a/2018 was forgotten on 2026-05-04: release {IN_FORCE} keeps its figures, none after it" in told


def test_wave_that_was_forgotten_exported_anew_and_lost_stops_a_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(settings, inputs(a_2018="real", a_2020="real"))
    with duckdb.connect(str(settings.build_db)) as con:
        ensure_tables(con)
        con.execute("insert into raw.forgotten values ('a', 2018, 'a/2018/f.csv', 'old', 'wave', '2026-05-04')")
    end, _ = release_asset(settings, monkeypatch, inputs(a_2020="real"))
    assert isinstance(end, dg.Failure) and "a/2018 is in it, and would be in no table" in end.description


@pytest.mark.parametrize(
    ("address", "kind", "is_told"),
    [
        ("https://example.org/digital-tilstand", "real", True),
        ("https://example.org/digital-tilstand", "synthetic", False),
        ("https://data.etaten.no/tilstand", "real", False),
    ],
)
def test_real_data_under_a_made_up_publisher_are_told_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str, kind: str, is_told: bool
) -> None:
    said = publication()
    monkeypatch.setattr(assets, "publication", lambda: replace(said, said={**said.said, "address": address}))
    _, told = release_asset(settings, monkeypatch, inputs(a_2020=kind))
    assert any(EXAMPLE in line for line in told) is is_told


def test_first_run_in_which_everything_is_refused_publishes_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, _ = release_asset(settings, monkeypatch, [], refused=["one was refused", "two was refused"])
    assert isinstance(end, dg.Failure) and not end.allow_retries
    assert end.description == (
        "Nothing was published: there is no accepted delivery, and no release is in force.\n\n"
        "one was refused\n\ntwo was refused"
    )


@pytest.mark.parametrize(
    ("made_from", "refused"), [([], []), (inputs(a_2018="real"), ["two was refused"])], ids=["empty", "one accepted"]
)
def test_first_run_publishes_what_there_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, made_from: list[Input], refused: list[str]
) -> None:
    assert isinstance(release_asset(settings, monkeypatch, made_from, refused)[0], PublishedError)


# The sample


class CopiedError(Exception):
    """The sample began to be copied."""


def run_without_landing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[Exception, list[str]]:
    def copy_sample(_: Path) -> None:
        raise CopiedError

    monkeypatch.setattr(landing_assets, "copy_sample", copy_sample)
    return ended(landing_extracts, Workspace(data_dir=str(settings.data_dir)), CopiedError)


def landing_path(survey: str) -> str:
    return ingest_assets.SURVEYS[survey]["landing_path"]


def sample_in_force(**others: str) -> list[Input]:
    """Every survey of the sample, synthetic or, of those that it only copies, real."""
    return [
        Input(f"{row['landing_path']}/2020/file.csv", name, others.get(name, "real") == "synthetic")
        for name, row in ingest_assets.SURVEYS.items()
    ]


MADE_UP = dict.fromkeys(made_up_surveys(), "synthetic")


@pytest.mark.parametrize("survey", MADE_UP)
def test_sample_is_not_copied_where_a_survey_that_it_makes_up_is_real_in_force(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, survey: str
) -> None:
    """landing/ and work/ are gone, published/ is left."""
    put_in_force(settings, sample_in_force(**{**MADE_UP, survey: "real"}))
    end, _ = run_without_landing(settings, monkeypatch)
    assert isinstance(end, dg.Failure) and not end.allow_retries
    assert f"({landing_path(survey)}/2020)" in end.description
    assert "is a disk not mounted?" in end.description and f"{IN_FORCE},replaced,,," in end.description
    accept(monkeypatch)
    assert isinstance(run_without_landing(settings, monkeypatch)[0], CopiedError)


def test_sample_is_not_copied_where_nothing_in_force_is_synthetic(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = put_in_force(settings, inputs(a_2018="real"))
    assert real_in_force(release, MADE_UP) == ["a/2018"]
    end, _ = run_without_landing(settings, monkeypatch)
    assert isinstance(end, dg.Failure)


@pytest.mark.parametrize("made_from", [None, [], sample_in_force(**MADE_UP)], ids=["nothing", "empty", "the sample"])
def test_sample_is_copied_where_no_real_data_is_known(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, made_from: list[Input] | None
) -> None:
    if made_from is not None:
        put_in_force(settings, made_from)
    assert isinstance(run_without_landing(settings, monkeypatch)[0], CopiedError)


def test_landing_that_is_a_link_into_the_void_is_not_taken_for_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.landing.symlink_to(tmp_path / "share")
    end, _ = run_without_landing(settings, monkeypatch)
    assert isinstance(end, dg.Failure) and str(tmp_path / "share") in end.description
    assert settings.landing.is_symlink()
