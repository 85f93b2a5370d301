"""`make run` does nothing only when nothing changed since what the last run read.

Not here: what a run does (tests/integration).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.automation import unchanged
from pipelines.common.in_force import InForceError, current_release
from pipelines.common.settings import Settings
from pipelines.ingest import sources
from pipelines.publish.kept import hold, say
from pipelines.publish.sent import note_sent


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A data directory after a run that succeeded, with a release in force that is whole."""
    settings = Settings(tmp_path / "data")
    delivery = settings.landing / "survey" / "2001"
    delivery.mkdir(parents=True)
    (delivery / "answers.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    settings.work.mkdir()
    settings.build_db.touch()
    release = tmp_path / "release-1"
    monkeypatch.setattr(unchanged, "current_release", lambda _: release)
    monkeypatch.setattr(unchanged, "is_linked", lambda _: True)
    monkeypatch.setattr(unchanged, "verify", lambda _: {})
    sources.note_landing(settings)
    unchanged.remember(settings, sources.project_sources(settings))
    return settings


def test_nothing_changed(done: Settings) -> None:
    assert unchanged.is_unchanged(done)


def test_a_changed_file_is_seen(done: Settings) -> None:
    (done.landing / "survey" / "2001" / "answers.csv").write_text("a;b\n1;3\n", encoding="utf-8")
    assert not unchanged.is_unchanged(done)


def test_another_key_for_pseudonyms_is_seen(done: Settings) -> None:
    assert not unchanged.is_unchanged(replace(done, pseudonym_key="k" * 32))


def test_a_rule_that_protects_others_is_seen_on_and_off(done: Settings) -> None:
    protecting = replace(done, protects_synthetic=True)
    assert not unchanged.is_unchanged(protecting)
    unchanged.remember(protecting, sources.project_sources(protecting))
    assert unchanged.is_unchanged(protecting)
    assert not unchanged.is_unchanged(done)


def test_a_removed_file_is_seen(done: Settings) -> None:
    (done.landing / "survey" / "2001" / "answers.csv").unlink()
    assert not unchanged.is_unchanged(done)


def test_a_delivery_that_arrived_during_the_run_is_for_the_next(done: Settings) -> None:
    sources.note_landing(done)
    (done.landing / "survey" / "2001" / "late.csv").write_text("a\n", encoding="utf-8")
    unchanged.remember(done, sources.project_sources(done))
    assert not unchanged.is_unchanged(done)


def test_a_link_that_leaves_landing_is_seen_and_what_is_behind_it_is_not_looked_at(
    done: Settings, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "share" / "2002"
    elsewhere.mkdir(parents=True)
    (elsewhere / "answers.csv").write_text("a\n", encoding="utf-8")
    (done.landing / "linked").symlink_to(tmp_path / "share", target_is_directory=True)
    assert not unchanged.is_unchanged(done)
    sources.note_landing(done)
    unchanged.remember(done, sources.project_sources(done))
    (elsewhere / "answers.csv").write_text("b\n", encoding="utf-8")
    assert unchanged.is_unchanged(done)


def test_another_release_in_force_is_seen(done: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "current_release", lambda _: tmp_path / "release-2")
    assert not unchanged.is_unchanged(done)


def test_a_warehouse_left_behind_is_seen(done: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "is_linked", lambda _: False)
    assert not unchanged.is_unchanged(done)


def test_a_report_in_quarantine_is_never_nothing(done: Settings) -> None:
    """Also when the file is as it was in the last run that succeeded: someone has to be told that it is mended."""
    report = done.quarantine / "survey" / "2001" / "report.csv"
    report.parent.mkdir(parents=True)
    report.touch()
    assert not unchanged.is_unchanged(done)
    report.unlink()
    assert unchanged.is_unchanged(done)


def test_a_release_that_is_held_no_more_is_seen(done: Settings) -> None:
    done.published.mkdir()
    hold(done, say(done.published / "release-1", "Kari", ""))
    assert unchanged.is_unchanged(done)
    unchanged.remember(done, sources.project_sources(done))
    assert unchanged.is_unchanged(done)
    hold(done, None)
    assert not unchanged.is_unchanged(done)


def test_a_release_that_is_held_and_not_in_force_is_seen(done: Settings) -> None:
    """A rollback that a crash cut short: the run brings it into force."""
    done.published.mkdir()
    hold(done, say(done.published / "release-0", "Kari", ""))
    assert not unchanged.is_unchanged(done)


def test_target_that_has_another_release_than_that_in_force_is_seen(done: Settings) -> None:
    sending = replace(done, target_url="memory://bucket")
    assert not unchanged.is_unchanged(sending), "it was sent nothing yet"
    for sent, is_unchanged in (("release-1", True), ("release-0", False), ("release-1", True)):
        note_sent(sending, "memory://bucket", sent)
        assert unchanged.is_unchanged(sending) is is_unchanged
    assert not unchanged.is_unchanged(replace(done, target_url="memory://another"))
    assert unchanged.is_unchanged(done)


def test_what_cannot_be_told_to_be_in_force_is_said(done: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unchanged, "current_release", current_release)
    (done.published / "current").mkdir(parents=True)
    with pytest.raises(InForceError, match="is a folder and not a link"):
        unchanged.is_unchanged(done)


def test_a_changed_seed_is_seen(done: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    (project / "seeds").mkdir(parents=True)
    seed = project / "seeds" / "one.csv"
    seed.write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(sources, "PROJECT_DIR", project)
    begun_with = sources.project_sources(done)
    unchanged.remember(done, begun_with)
    assert unchanged.is_unchanged(done)
    seed.write_text("a\n2\n", encoding="utf-8")
    assert not unchanged.is_unchanged(done)
    unchanged.remember(done, begun_with)  # by a run that was on its way when the seed changed
    assert not unchanged.is_unchanged(done)
