"""The sample extracts as deliveries in landing/: the surveys' invented answers, and real printed figures.

Not here: what the extracts say (the surveys' plans), packing them (pack.py), and reading them again (ingest).
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from pipelines.common.seeds import read_seed
from tests.sample import printed
from tests.sample.codebook import columns
from tests.sample.dfo_innbygger import names as innbygger
from tests.sample.dfo_innbygger.plan import FILE_LABEL, LABELS, SOURCE, innbygger_waves
from tests.sample.itip import names as itip
from tests.sample.itip.likely import BLANK
from tests.sample.itip.plan import itip_plan
from tests.sample.sav import sav_bytes
from tests.sample.solve import Delivery, Plan, solve
from tests.sample.ssb_kommune.plan import kommune_plan
from tests.sample.ssb_stat.plan import stat_plan
from tests.sample.units import Unit
from tests.sample.xlsx import xlsx_bytes

CSV_PLANS = (kommune_plan, stat_plan)

SYNTHETIC = "_syntetisk"
EGDI = "un_egdi"
DIGDIR, BENCHMARK = "digdir", "egov_benchmark"
ANY_DELIMITER = ";"  # where the survey leaves it open
BENCHMARK_SOURCE = """\
producer: European Commission
url: https://digital-strategy.ec.europa.eu
licence: CC BY 4.0
retrieved: from blavatnik-index/bipa2024_sourcedata, kept in seeds/international/egov_benchmark_score.csv
note: Real scores of the eGovernment Benchmark 2023, all countries and averages, over all life events.
synthetic: false
"""
EGDI_SOURCE = """\
producer: United Nations, Department of Economic and Social Affairs (UN DESA)
url: https://publicadministration.un.org/egovkb
licence: none stated; facts published by the United Nations
retrieved: from {via}, kept in seeds/international/un_egdi_score.csv
note: Real figures of the UN E-Government Survey {year}.
synthetic: false
"""
STATISTICS = {
    "ssb_statbank": "Statistisk sentralbyrå (SSB)\nurl: https://www.ssb.no\nlicence: CC BY 4.0",
    "eurostat": "Eurostat\nurl: https://ec.europa.eu/eurostat\nlicence: re-use with acknowledgement of the source",
}
STATISTICS_SOURCE = """\
producer: {producer}
retrieved: transcribed from the page or third party that each row names, kept in seeds/statistics/official_figure.csv
note: Real figures, as printed; those with a secondary_source are quoted by a third party.
synthetic: false
"""
# What the columns are called: by UNU-EGOV, and by the UN itself in the years since, which gives no codes.
EGDI_NAMES = {
    "country_code": "country-code", "country": "country-name", "rank": "e-gov-rank", "score": "e-gov-index",
    "participation": "e-pat-index", "online_service": "osi", "human_capital": "hci", "infrastructure": "tii",
}  # fmt: skip
UN_COUNTRY = "Country Name"
UN_NAMES = {
    "year": "Survey Year", "country": UN_COUNTRY, "rank": "E-Government Rank", "score": "E-Government Index",
    "participation": "E-Participation Index", "online_service": "Online Service Index",
    "human_capital": "Human Capital Index", "infrastructure": "Telecommunication Infrastructure Index",
}  # fmt: skip
UN_SINCE = 2022
EGDI_VIA, UN_VIA = "UNU-EGOV/datasets", "pluralitybook/plurality (CC0)"


def sample_files(progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Path below landing -> content: every sample extract, each with its SOURCE.yml.

    The same seeds give the same bytes. `progress` is told what begins. Raises what the surveys' solvers raise.
    """
    files = egdi_files() | benchmark_files() | printed_files() | statistics_files()
    for make_plan in CSV_PLANS:
        plan = make_plan()
        files |= survey_files(plan, solve(plan, progress))
    return files | itip_files(progress) | innbygger_files(progress)


def survey_files(plan: Plan, units: Sequence[Unit]) -> dict[str, bytes]:
    """Path below landing -> content: a file and its source for every wave of the plan."""
    files = {}
    for wave, delivery in plan.deliveries.items():
        names = [column["column_name"] for column in columns(plan.survey, wave)]
        rows = (_row(plan.survey, delivery, unit) for unit in units if unit.wave == wave)
        content = _csv(plan.survey, names, rows, delivery.encoding)
        files |= _delivery(plan.survey, wave, SYNTHETIC, content, plan.source)
    return files


def innbygger_files(progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Path below landing -> content: an SPSS file and its source for every wave of the citizens' survey."""
    files = {}
    for year, wave in innbygger_waves(progress).items():
        content = sav_bytes(innbygger.SURVEY, year, wave.columns, LABELS, FILE_LABEL.format(wave=year))
        files |= _delivery(innbygger.SURVEY, year, SYNTHETIC, content, SOURCE)
    return files


def itip_files(progress: Callable[[str], None] = lambda _: None) -> dict[str, bytes]:
    """Path below landing -> content: a workbook and its source for every wave of IT i praksis."""
    plan = itip_plan()
    units = solve(plan, progress)
    files = {}
    for wave in itip.WAVES:
        sheets = {}
        for part in (itip.AGENCY, itip.CITIZEN):
            of_part = columns(plan.survey, wave, part)
            names = [column["column_name"] for column in of_part]
            rows = [
                ["" if said == str(BLANK) else said for said in _cells(of_part, unit).values()]
                for unit in units
                if (unit.wave, unit.attributes["part"]) == (wave, part)
            ]
            sheets[part] = (names, rows)
        files |= _delivery(plan.survey, wave, SYNTHETIC, xlsx_bytes(sheets), plan.source)
    return files


def printed_files() -> dict[str, bytes]:
    """Path below landing -> content: Digdir's scorecards, and the places in rankings that it prints."""
    files = {}
    for year, edition in printed.EDITIONS.items():
        tables = (("maal", "goal", printed.goals(year)), ("nokkeltall", "key_figure", printed.key_figures(year)))
        for name, part, rows in tables:
            names = [column["column_name"] for column in columns(DIGDIR, year, part)]
            files |= _delivery(DIGDIR, year, f"_{name}", _csv(DIGDIR, names, rows, "utf-8"), edition.source)
    for survey in printed.RANKS:
        names = [column["column_name"] for column in columns(survey, printed.YEAR)]
        content = _csv(survey, names, printed.places(survey), "utf-8")
        files |= _delivery(survey, printed.YEAR, "", content, printed.SOURCE)
    return files


def benchmark_files() -> dict[str, bytes]:
    """Path below landing -> content: the benchmark's scores, in the Commission's own shape."""
    scores = read_seed("egov_benchmark_score")
    edition = max(int(row["year"]) for row in scores) + 1
    names = {
        "year": "year", "country_2": "Country", "variable": "variable", "life_event": "brkdown",
        "unit": "unit", "score": "Value",
    }  # fmt: skip
    rows = ({column: row.get(name, "eGov_score") for name, column in names.items()} for row in scores)
    content = _csv(BENCHMARK, list(names.values()), rows, "utf-8")
    return _delivery(BENCHMARK, edition, "", content, BENCHMARK_SOURCE)


def egdi_files() -> dict[str, bytes]:
    """Path below landing -> content: the index of every country, in the shape that each year's file came in."""
    files = {}
    for year in sorted({row["year"] for row in read_seed("un_egdi_score")}):
        names, via = (UN_NAMES, UN_VIA) if int(year) >= UN_SINCE else (EGDI_NAMES, EGDI_VIA)
        scores = [row for row in read_seed("un_egdi_score") if row["year"] == year]
        # The names in the UN's own file end with a blank.
        rows = (
            {column: row[name] + (" " if column == UN_COUNTRY else "") for name, column in names.items()}
            for row in scores
        )
        content = _csv(EGDI, list(names.values()), rows, "utf-8")
        files |= _delivery(EGDI, year, "", content, EGDI_SOURCE.format(year=year, via=via))
    return files


def statistics_files() -> dict[str, bytes]:
    """Path below landing -> content: figures of official statistics, a file for each that publishes them."""
    files = {}
    for survey, producer in STATISTICS.items():
        figures = [row for row in read_seed("official_figure") if row["source"] == survey]
        wave = max(row["period"] for row in figures)[:4]
        names = {
            column["column_name"]: column["field"] or column["column_name"] for column in columns(survey, int(wave))
        }
        names |= {"period": "period", "unit": "unit", "status": "status"}
        rows = ({column: row[name] for column, name in names.items()} for row in figures)
        content = _csv(survey, list(names), rows, "utf-8")
        files |= _delivery(survey, wave, "", content, STATISTICS_SOURCE.format(producer=producer))
    return files


def _row(survey: str, delivery: Delivery, unit: Unit) -> dict[str, str]:
    row = _cells(columns(survey, unit.wave), unit)
    row |= {column: unit.attributes[attribute] for column, attribute in delivery.written.items()}
    if delivery.loses_leading_zero:
        row[delivery.loses_leading_zero] = row[delivery.loses_leading_zero].lstrip("0")
    return row


def _cells(of_file: Sequence[dict[str, str]], unit: Unit) -> dict[str, str]:
    """Column -> what the unit's row says; a question that was not put to it is blank."""
    row = {}
    for column in of_file:
        name, question = column["column_name"], column["question_id"]
        answer = unit.answers.get(question) if question else unit.attributes[name]
        row[name] = "" if answer is None else str(answer)
    return row


def _csv(survey: str, names: list[str], rows: Iterable[dict], encoding: str) -> bytes:
    """A file delimited as seeds/codebook/survey.csv says."""
    text = io.StringIO()
    delimiter = _shape(survey)["delimiter"] or ANY_DELIMITER
    writer = csv.DictWriter(text, names, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _delivery(survey: str, wave: object, mark: str, content: bytes, source: str) -> dict[str, bytes]:
    """A wave's folder: its file, and where that is from."""
    shape = _shape(survey)
    folder = f"{shape['landing_path']}/{wave}"
    return {
        f"{folder}/{survey}_{wave}{mark}.{shape['file_format']}": content,
        f"{folder}/SOURCE.yml": source.encode(),
    }


def _shape(survey: str) -> dict[str, str]:
    return next(row for row in read_seed("survey") if row["survey"] == survey)
