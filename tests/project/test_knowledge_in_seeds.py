"""Knowledge is data, code is engine: no survey, question, category, kommune or year in code, nor paths of a machine.

Not here: tests, which may name them as the generator of the sample does, and names of files.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from pipelines.common.seeds import SEEDS_DIR, read_seed
from pipelines.common.settings import PROJECT_DIR

PYTHON = sorted((PROJECT_DIR / "pipelines").rglob("*.py"))
SQL = sorted(path for folder in ("dbt_project", "pipelines") for path in (PROJECT_DIR / folder).rglob("*.sql"))
SQL = [path for path in SQL if "target" not in path.parts]
YEARS = {str(year) for year in range(2010, 2027)}
QUESTIONS = {row["question_id"] for row in read_seed("question")}
COLUMNS = {row["column_name"] for row in read_seed("codebook") if row["role"] == "answer"}
KOMMUNER = {row["kommunenr"] for row in read_seed("kommune")}
INDICATORS = {row["indicator"] for row in read_seed("indicator")}
SURVEYS = {row["survey"] for row in read_seed("survey")}
PARTS = {row["part"] for row in read_seed("codebook")} - {""}
POPULATIONS = {row["population"] for row in read_seed("population")}
BREAKDOWNS = {row["breakdown"] for row in read_seed("breakdown")}
CATEGORIES = {row["category"] for row in read_seed("category") if len(row["category"]) > 2}  # not codes: 1, 06, Q
COMPOSITES = {row["composite"] for row in read_seed("composite")}
# Names of these that are also words of another kind, there (None: anywhere).
ALSO_WORDS = {
    "all": None,  # of SQL (union all) and Python; and the breakdown that every survey has
    "kommune": None,  # what Norway is divided into, a table of seeds/regions
    "kommuner": None,  # the same, more of them, as population_size of seeds/codebook/survey.csv
    "stat": None,  # what os knows of a file
    "virksomhet": {"template_xlsx.py"},  # a row can be one, says the template's first sheet
    "fylke": {"harmonised_kommune.sql", "regions.py"},  # tables and columns of the register of kommuner
    "sentralitet": {"harmonised_kommune.sql", "kommuner.sql", "tables.py", "assets.py", "regions.py"},
    # Columns of the contract of kommuner; and what a view is asked for by its name.
    "innbyggergruppe": {"indicator_by_size.sql", "kommuner.sql", "tables.py", "assets.py", "peers.py"},
    "goal": {"harmonised_goals.sql", "goals.py", "editions.py"},  # what the contracts of the scorecard name
    "key_figure": None,
    "digdir": {"dcat.py"},  # where the register of publishers is, that catalogues refer to
    "sektor": {"itip_indicators.sql", "read.py", "relations.py", "stat_against_kommune.sql"},  # a column of a contract
}
MACRO_CALL = re.compile(r"\{\{ (staged|respondents|cells)\(('\w+')(, '\w+')?\) \}\}\n")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)
WORD = re.compile(r"\w+")
ENCODING = re.compile(r"(?:windows|cp)-?1252", re.IGNORECASE)  # and not Modalen


@cache
def words_of_code(path: Path) -> set[str]:
    """Every word of a file that a computer reads: comments and docstrings may tell of the world."""
    text = ENCODING.sub("", path.read_text(encoding="utf-8"))
    if path.suffix == ".sql":
        return set(WORD.findall(COMMENT.sub(" ", text)))
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    return set(WORD.findall(ast.unparse(tree)))


def also_word(word: str, path: Path) -> bool:
    return word in ALSO_WORDS and (ALSO_WORDS[word] is None or path.name in ALSO_WORDS[word])


def found(words: set[str]) -> dict[str, list[str]]:
    """{file: those of the words that stand in its code as what they are in the seeds}."""
    of_files = {path: words & words_of_code(path) for path in [*PYTHON, *SQL] if not is_macro_call(path)}
    kept = {path: sorted(w for w in named if not also_word(w, path)) for path, named in of_files.items()}
    return {str(path.relative_to(PROJECT_DIR)): named for path, named in kept.items() if named}


@cache
def is_macro_call(path: Path) -> bool:
    """Whether all that stands in the file is what new-survey writes."""
    return bool(MACRO_CALL.fullmatch(path.read_text(encoding="utf-8")))


def test_there_is_code_and_knowledge_to_look_at() -> None:
    assert len(PYTHON) > 30 and len(SQL) > 20
    assert len(QUESTIONS) > 70 and len(KOMMUNER) > 700 and len(COLUMNS) > 70 and len(INDICATORS) == 10
    assert "survey" in words_of_code(PROJECT_DIR / "dbt_project/models/marts/survey_estimates.sql")


def test_a_model_is_passed_over_only_where_it_is_one_call_of_a_macro(tmp_path: Path) -> None:
    assert sum(map(is_macro_call, SQL)) > 10
    others = ("{{ staged('x') }} where wave > 1\n", "select 'x'\n", "{{ staged('x') }}\n{{ staged('y') }}\n")
    for n, text in enumerate(others):
        (path := tmp_path / f"{n}.sql").write_text(text, encoding="utf-8")
        assert not is_macro_call(path), text


@pytest.mark.parametrize("word", ALSO_WORDS)
def test_word_that_is_let_through_is_one_of_the_seeds_and_stands_where_it_is_let_through(word: str) -> None:
    assert word in SURVEYS | PARTS | POPULATIONS | BREAKDOWNS | CATEGORIES
    users = {path.name for path in [*PYTHON, *SQL] if word in words_of_code(path)}
    assert users >= (ALSO_WORDS[word] or set()) and users


def test_a_word_in_code_is_seen_and_one_in_a_comment_is_not(tmp_path: Path) -> None:
    sql, python = tmp_path / "a.sql", tmp_path / "a.py"
    sql.write_text("-- 2018\nselect '0301' as x where wave = 2022 {# 2019 #}", encoding="utf-8")
    python.write_text(
        '"""Of 2018."""\nwave = 2022  # 2019\nsql = f"where kommunenr = \'0301\' and {wave}"\n', encoding="utf-8"
    )
    for path in (sql, python):
        assert words_of_code(path) & {"2018", "2019", "2022", "0301"} == {"2022", "0301"}, path


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(QUESTIONS, id="question ids"),
        pytest.param(COLUMNS - {"prosjekt", "sky", "strategi"}, id="survey columns"),
        pytest.param(COLUMNS & {"prosjekt", "sky", "strategi"}, id="filter columns"),
        pytest.param(KOMMUNER, id="kommune numbers"),
        pytest.param(YEARS, id="years"),
        pytest.param(INDICATORS, id="indicators"),
        pytest.param(SURVEYS, id="surveys"),
        pytest.param(PARTS, id="parts"),
        pytest.param(POPULATIONS, id="populations"),
        pytest.param(BREAKDOWNS, id="breakdowns"),
        pytest.param(CATEGORIES, id="categories"),
        pytest.param(COMPOSITES, id="composites"),
    ],
)
def test_code_holds_none_of(words: set[str]) -> None:
    assert words
    assert found(words) == {}


FOREIGN = {
    "path of one machine": re.compile(r"(?<![\w.$}/-])/(?:home|Users|root|work|tmp|opt|mnt)/"),
    "folder outside the project": re.compile(r"\.\./shared"),
    "registry": re.compile(
        r"https?://[^\s'\"]*(?:py[p]i|python[h]osted|ana[c]onda|npm[j]s|arti[f]actory|ne[x]us|proxy)"
    ),
    "addresses in the lock": re.compile(r"--(?:extra-)?index-url|--find-links|^\s*@ https?://", re.MULTILINE),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_project_names_no(what: str) -> None:
    suffixes = {".py", ".sql", ".yml", ".yaml", ".toml", ".csv", ".md", ".j2", ".lock", ""}
    folders = ("pipelines", "dbt_project", "seeds", "tests", "docs", ".ci")
    files = [path for folder in folders for path in (PROJECT_DIR / folder).rglob("*")]
    files += [path for path in PROJECT_DIR.iterdir() if path.name not in (".git", ".user.yml")]
    files = [
        path
        for path in files
        if path.is_file()
        and path.suffix in suffixes
        and not {"__pycache__", "target", "logs"} & set(path.parts)
        and path != Path(__file__)
    ]
    assert len(files) > 100
    # The Makefile's own target for a new lock names the option that leaves addresses out.
    texts = {path: path.read_text(encoding="utf-8").replace("--no-emit-index-url", "") for path in files}
    assert [str(path.relative_to(PROJECT_DIR)) for path, text in texts.items() if FOREIGN[what].search(text)] == []


def test_seed_names_are_unique_and_each_is_described() -> None:
    names = [path.stem for path in SEEDS_DIR.rglob("*.csv")]
    assert len(names) == len(set(names))
    described = "\n".join(path.read_text(encoding="utf-8") for path in SEEDS_DIR.rglob("*.yml"))
    assert [name for name in names if not re.search(rf"name: {name}\b", described)] == []
