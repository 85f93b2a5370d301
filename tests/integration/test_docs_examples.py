"""The documentation says what is so: its examples run, and what it tells of the sample and its tables is there.

Not here: names and links, which need no run (tests/project/test_pages.py), and whether the numbers of the tables are
right (the tests of the tables).
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.common.contracts import Contract, load_contracts
from pipelines.common.published import published_only
from pipelines.common.settings import PROJECT_DIR
from pipelines.publish.dictionary import PAGE, page
from tests.line import Line

README = PROJECT_DIR / "README.md"
QUERYING = PROJECT_DIR / "docs" / "querying.md"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(page.read_text(encoding="utf-8")) if found == language]


def first_line(text: str) -> str:
    return text.strip().splitlines()[0][:50]


@pytest.fixture
def beside_data(built: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks as the project's does to the examples: data/ with a finished release."""
    (tmp_path / "data").symlink_to(built.data_dir, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def contracts(built: Line) -> dict[str, Contract]:
    return published_only(load_contracts(built.settings.dbt_target / "manifest.json"))


@pytest.mark.parametrize("statement", blocks(QUERYING, "sql"), ids=first_line)
def test_sql_example_gives_rows(statement: str, beside_data: Path) -> None:
    with duckdb.connect("data/warehouse.duckdb", read_only=True) as con:
        assert con.execute(statement).fetchall()


# Of the citizens' survey in its last wave: means, differences between categories, internet security since each wave.
VIEWS = """
create temp view estimates as
select * from marts.survey_estimates where survey = 'dfo_innbygger' and wave = 2023;

create temp view differences as
select * from marts.survey_changes where survey = 'dfo_innbygger' and wave = 2023 and statistic = 'mean';

create temp view pairs as
select one.question_id, one.breakdown, p_value,
    one.ci_lower <= other.ci_upper and other.ci_lower <= one.ci_upper as is_overlapping
from differences
inner join estimates as one using (question_id, statistic, breakdown, category)
inner join estimates as other
    on one.question_id = other.question_id and one.statistic = other.statistic
    and one.breakdown = other.breakdown and other.category = compared_category
where comparison = 'category';

create temp view security as
select * from differences where question_id = 'dfo_internettsikkerhet' and breakdown = 'all';

create temp view stored as
select category, estimate from estimates where question_id = 'dfo_tillit_sikker_lagring' and statistic = 'mean';

create temp view weekly as
select category, 100 * estimate as estimate, 100 * ci_lower as ci_lower, 100 * ci_upper as ci_upper
from estimates where question_id = 'dfo_bruk_frekvens' and answer = 'minst_ukentlig';
"""
# What the pages tell of the sample: page, sentence, and where its numbers come from.
TOLD = [
    ("methods.md", "the means of 2023 alone are compared {} times", "select count(*) from pairs"),
    (
        "methods.md",
        "{} of those {} differences have `p_value` under 0.05, and of {} of them the two intervals overlap",
        """select count(*) filter (p_value < 0.05), count(*), count(*) filter (p_value < 0.05 and is_overlapping)
        from pairs""",
    ),
    (
        "querying.md",
        "{} of {}. Of all {}, {} have `p_value < 0.05`",
        """select count(*) filter (p_value < 0.05 / n), max(n), max(n), count(*) filter (p_value < 0.05)
        from (
            select p_value, count(*) over () as n from pairs
            where question_id like 'dfo_tillit_%' and breakdown <> 'husstandsinntekt_3'
        )""",
    ),
    (
        "querying.md",
        "Internet security fell from {:.2f} to {:.2f}, difference {:.2f} ({:.2f} to {:.2f})",
        "select compared_estimate, estimate, difference, ci_lower, ci_upper from security where compared_wave = 2010",
    ),
    (
        "querying.md",
        "it rose by {:.2f}, `p_value` {:.2f}",
        "select difference, p_value from security where compared_wave = 2021",
    ),
    (
        "published-figures.md",
        "internet security is {:.2f} in 2021 and {:.2f} in 2023 (difference {:.2f}, p {:.2f})",
        "select compared_estimate, estimate, difference, p_value from security where compared_wave = 2021",
    ),
    (
        "querying.md",
        "For `dfo_tillit_sikker_lagring` from {:.2f} (25–34 år) to {:.2f} (67 år og over), both with `*`",
        """select max(estimate) filter (category = '25_34'), max(estimate) filter (category = '67_og_over')
        from stored""",
    ),
    (
        "querying.md",
        "{:.1f} % of all ({:.1f} to {:.1f}), from {:.1f} % of the oldest to {:.1f} % of those from 25 to 34",
        """select whole.estimate, whole.ci_lower, whole.ci_upper, oldest.estimate, young.estimate
        from weekly as whole, weekly as oldest, weekly as young
        where whole.category = 'all' and oldest.category = '67_og_over' and young.category = '25_34'""",
    ),
]


@pytest.mark.parametrize(("page", "sentence", "query"), TOLD, ids=[sentence[:40] for _, sentence, _ in TOLD])
def test_what_a_page_tells_of_the_sample_is_in_its_tables(
    page: str, sentence: str, query: str, beside_data: Path
) -> None:
    with duckdb.connect("data/warehouse.duckdb", read_only=True) as con:
        con.execute(VIEWS)
        (row,) = con.execute(query).fetchall()
    text = " ".join((PROJECT_DIR / "docs" / page).read_text(encoding="utf-8").split())
    assert sentence.format(*row) in text


def test_ten_questions_are_answered_in_four_lines_each() -> None:
    section = QUERYING.read_text(encoding="utf-8").split("## Ten questions")[1].split("\n## ")[0]
    asked = [text.strip().splitlines() for language, text in FENCE.findall(section) if language == "sql"]
    assert len(asked) == 10 and max(map(len, asked)) <= 4


@pytest.mark.parametrize("code", blocks(QUERYING, "python"), ids=first_line)
def test_python_example_gives_rows(code: str, beside_data: Path) -> None:
    names: dict[str, object] = {}
    exec(compile(code, QUERYING.name, "exec"), names)
    assert len(names["result"]) > 0  # every Python example leaves its table there


def test_there_are_examples() -> None:
    assert len(blocks(QUERYING, "sql")) >= 8
    assert len(blocks(QUERYING, "python")) >= 3


def test_readme_lists_the_tables_and_keys_of_the_contracts(contracts: dict[str, Contract]) -> None:
    section = README.read_text(encoding="utf-8").split("## The tables")[1].split("\n## ")[0]
    listed = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|$", section, re.MULTILINE))
    assert listed == {name: ", ".join(contract.key) for name, contract in contracts.items()}


def test_readme_shows_what_a_first_run_prints(built: Line) -> None:
    shown = next(text for text in blocks(README, "text") if "Release in force" in text)
    kept = re.compile(r"rows$|^Printed figures|(rows|cases) loaded|^[0-9] of ")
    lines = [line for line in shown.splitlines() if kept.search(line)]
    first_run = (built.data_dir / "first_run.txt").read_text(encoding="utf-8")
    printed = {without_seconds(line) for line in first_run.splitlines()}
    assert lines
    assert [line for line in lines if without_seconds(line) not in printed] == []


def without_seconds(line: str) -> str:
    return re.sub(r" +[0-9.]+ s\b", " s", line)


def test_data_dictionary_is_the_one_the_contracts_give(built: Line) -> None:
    contracts = load_contracts(built.settings.dbt_target / "manifest.json")
    assert PAGE.read_text(encoding="utf-8") == page(contracts), (
        "the contracts changed: run `make docs` after `make run`, and commit the page"
    )
