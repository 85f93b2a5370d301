"""Mistakes that a steward makes in seeds/ are found with file and line, and nothing else is found.

Not here: whether dbt finds the same (project/test_seed_declarations.py).
"""

import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines import seed_rules
from pipelines.__main__ import main
from pipelines.common.seed_check import check, ids
from pipelines.common.seed_check.check import check_seeds
from pipelines.common.seed_check.declared import read_declared
from pipelines.common.seed_check.evaluate import KINDS, TYPES
from pipelines.common.seed_check.tables import Finding, read_tables
from pipelines.common.seeds import SEEDS_DIR
from pipelines.common.settings import PROJECT_DIR
from pipelines.indicators import seed_rules as of_goals
from pipelines.ingest import seed_rules as of_ingest
from pipelines.publish import seed_rules as of_releases
from pipelines.reconciliation import seed_rules as of_figures
from pipelines.transform import seed_rules as of_models

MORE = (*of_goals.RULES, *of_ingest.RULES, *of_figures.RULES, *of_models.RULES, *of_releases.RULES)


@dataclass(frozen=True)
class Mistake:
    """`old` of a seed becomes `new`; without `old`, `new` is a row at its end. `rule` finds it there, or at `at`."""

    seed: str
    old: str
    new: str
    rule: str
    column: str
    at: str = ""  # '<seed>: <beginning of the line>', where another line is to be corrected


CODEBOOK, QUESTION, SURVEY = "codebook/codebook", "codebook/question", "codebook/survey"
DISCLOSURE = "disclosure/disclosure_rule"
KOMMUNE = "regions/kommune"
CORRECTION = "corrections/correction"
MISTAKES = [
    # What is read in place of a cell
    *(
        Mistake(CORRECTION, "", f"{cell},{values},reason,A Name,2026-01-01", f"correction_{rule}", column)
        for cell, values, rule, column in [
            ("ssb_komune,2022,,3,sky", "3,2", "survey", "survey"),
            ("ssb_kommune,2019,,3,sky", "3,2", "wave", "wave"),
            ("itip,2021,ansatt,3,skate", "9,2", "part", "part"),
            ("ssb_kommune,2022,ark,3,sky", "3,2", "part", "part"),
            ("ssb_kommune,2022,,3,skyy", "3,2", "column", "column_name"),
            ("ssb_kommune,2022,,0,sky", "3,2", "row", "row_number"),
            ("ssb_kommune,2022,,4,sky", "3,3", "value", "corrected"),
            ("itip,2021,innbygger,3,respondent_id", "a,b", "of_id", "column_name"),
        ]
    ),
    Mistake(CORRECTION, "", "ssb_kommune,2022,,5,sky,3,2,,A Name,2026-01-01", "seed_correction_has_a_reason", "reason"),
    Mistake(
        CORRECTION, "", "ssb_kommune,2022,,6,sky,3,2,reason,,2026-01-01", "seed_correction_has_a_name", "corrected_by"
    ),
    Mistake(CORRECTION, "", "ssb_kommune,2022,,7,sky,3,2,reason,A Name,", "seed_correction_has_a_date", "corrected_on"),
    # Who publishes, and what tables are called
    Mistake("labels/publication", "https://example.org/", "example.org/", "publication_address", "address"),
    Mistake("labels/publication", ",999999999,", ",999999998,", "publication_number", "publisher_number"),
    Mistake("labels/publication", "data@example.org", "data", "publication_email", "contact_email"),
    Mistake(
        "labels/publication",
        "",
        "https://b.no,999999999,B,B,B,b@b.no,CC0-1.0,B,B,B,B,B,B",
        "publication_row",
        "",
        "labels/publication: address,",
    ),
    Mistake("labels/table_label", "REGI TECH,ssb_kommune,NOR,07", "REGI TECH,ssb,NOR,07", "label_survey", "surveys"),
    Mistake("labels/table_reference", "break,survey wave", "break,survey", "reference_columns", "columns"),
    # Which edition prints a key figure
    Mistake(
        "goals/key_figure_edition", "2021,1,internett_daglig,", "2021,1,mobiltilpasset_ny,",
        "seed_key_figure_edition_key_figure_exists", "key_figure",
    ),
    Mistake("goals/key_figure", "", "ny_tillit,Ny tillit,percent,true,,Digdir", "key_figure_edition", "key_figure"),
    Mistake("goals/key_figure", "rank,false,193,", "rank,false,,", "key_figure_countries", "n_countries"),
    # What a file is, and what is declared
    Mistake("codebook/wave", "", "itip,tjueto", "type", "wave"),
    Mistake("regions/kommune_point", "0101,59.078", "0101,59,078", "cells", ""),
    Mistake("regions/kommune_point", "0104,59.456,10.723", "0104,59.456", "cells", ""),
    Mistake("regions/kommune_point", "59.266", "59° 16'", "type", "latitude"),
    Mistake("goals/key_figure", "misfornoyd_selvbetjening,", "misfornoyd_selvbetjening ,", "blanks", "key_figure"),
    Mistake("codebook/survey", ",true,kommuner", ",ja,kommuner", "type", "is_census"),
    Mistake("regions/fylke", "Østfold,2010-01-01", "Østfold,2010-02-30", "type", "valid_from"),
    Mistake("scales/interpretation", "0.0,5.0", "0.0,5-0", "type", "rounded_to"),
    Mistake("international/country", "AUT,AT,", "AUT,Austria,", "type", "country_2"),
    Mistake("codebook/wave", "", "itip,2021", "seed_wave_key_is_unique", ""),
    Mistake("codebook/wave", "", ",2021", "key_blank", "survey"),
    Mistake(
        CODEBOOK, "ssb_stat,2015,,,ansatte", "ssb_stat,,,,ansatte", "seed_codebook_from_wave_is_stated",
        "from_wave",
    ),
    Mistake(CODEBOOK, "naering,attribute", "naering,bakgrunn", "seed_codebook_role_is_known", "role"),
    Mistake("codebook/breakdown", "", "itipp,all,Alle,,", "seed_breakdown_survey_exists", "survey"),
    Mistake("codebook/category", "", "itip,kjønn,1,1,mann,Mann", "seed_category_breakdown_exists", "breakdown"),
    Mistake(
        CODEBOOK, "digdir,2021,,goal,goal_no", "digdir,2020,,goal,goal_no", "seed_codebook_from_wave_exists",
        "from_wave",
    ),
    # Surveys
    Mistake(QUESTION, "", "ssb23-ny,ssb_kommune,Ny,har_strategi,any,,source,,,", "sql_name", "question_id"),
    Mistake(SURVEY, "", "ny,Ny,,ny,kommune,respondents,csv,;,.,true,kommuner,false,", "survey_described", "producer"),
    Mistake(SURVEY, "", "uten,Ny,N,uten,person,respondents,csv,;,.,false,,false,", "survey_whole", "survey"),
    Mistake(SURVEY, "", "samme,Ny,N,digdir,person,respondents,csv,;,.,false,,false,", "survey_folder", "landing_path"),
    Mistake(SURVEY, "IT i praksis,", "IT i praksis 2,", "survey_models", "survey"),
    Mistake(SURVEY, "printed_rank,", "printed_place,", "survey_models", "", f"{SURVEY}: survey,"),
    Mistake("codebook/breakdown", "", "ssb_stat,sum,Sum,,", "survey_whole", "source_column"),
    Mistake("codebook/population", "", "kommuner_med_strategi,ssb_stat,,Noen", "of_one_survey", "population"),
    Mistake(QUESTION, "fire årene,stat_strategi,", "fire årene,stat_strategi,any", "merge_rule", "merge_rule"),
    # Columns and waves
    Mistake(
        CODEBOOK, "ssb_kommune,2018,2018,,strategi_omr_07", "ssb_kommune,2018,,,strategi_omr_07", "codebook_overlap",
        "from_wave", f"{CODEBOOK}: ssb_kommune,2022,,,strategi_omr_07",
    ),
    Mistake(CODEBOOK, "2019,2019,,q_utfore", "2019,2013,,q_utfore", "codebook_period", "to_wave"),
    Mistake("codebook/wave", "", "ssb_stat,2014", "wave_columns", "wave"),
    Mistake(CODEBOOK, ",kommunenavn,", ",Kommunenavn,", "lower_case", "column_name"),
    Mistake(CODEBOOK, ",dfo_bruk_frekvens,dfo_frekvens", ",,dfo_frekvens", "answer_question", "question_id"),
    Mistake(CODEBOOK, "kjonn,attribute,code,,,dfo_kjonn", "kjonn,attribute,code,,,", "coded_frame", "code_frame"),
    Mistake(
        CODEBOOK, "informasjonssikkerhet,valgt,true,strategi,1", "informasjonssikkerhet,valgt,true,strategi,",
        "filter", "filter_code",
    ),
    Mistake(CODEBOOK, "robotisering,valgt,true,strategi", "robotisering,valgt,true,sky_99", "filter", "filter_column"),
    Mistake(CODEBOOK, "gronn_ikt,valgt,true,strategi,1", "gronn_ikt,valgt,true,strategi,7", "filter", "filter_code"),
    Mistake("codebook/needed_column", "", "dfo_innbygger,,bruk,q_bruk_frekvens,", "needed_column", "column_name"),
    Mistake("codebook/column_label", "", "itip,innbygger,sektor,Sektor,", "column_part", "part"),
    Mistake("codebook/column_alias", "", "un_egdi,,,OSI,osi", "column_alias", "delivered_name"),
    Mistake(
        "codebook/column_label", "dfo_innbygger,,alder,", "dfo_innbygger,,aldre,", "column_label", "column_name",
        f"{CODEBOOK}: dfo_innbygger,2010,,,alder",
    ),
    Mistake("codebook/column_label", "", "dfo_innbygger,,q_personvern,Personvern,", "column_label", "column_name"),
    Mistake("codebook/breakdown", "", "ssb_stat,fylke,Fylke,fylkesnr,orgnr", "breakdown", "source_column"),
    Mistake("codebook/breakdown", "", "ssb_stat,stor,Stor,ansatte,ansatte", "breakdown", "breakdown"),
    Mistake("codebook/breakdown", "yrkesstatus,yrkesstatus", "yrkesstatus,", "breakdown", "delivered_column"),
    Mistake(CODEBOOK, "orgnr,key,orgnr", "orgnr,key,organisasjonsnummer", "data_type", "data_type"),
    Mistake(CODEBOOK, "integer_16_110", "integer_110_16", "data_type", "data_type"),
    Mistake(CODEBOOK, "", "ssb_stat,2015,,,wave,ignored,,,,,false,,,,", "loader_column", "column_name"),
    # Numbers
    Mistake(
        CODEBOOK, "", "ssb_stat,2015,,,ny_tekst,answer,text,,ssb16_effekt_kvalitet,,false,,,,", "answer_type",
        "data_type",
    ),
    Mistake(
        CODEBOOK, "", "ssb_stat,2015,,,ny_kode,answer,code,,ssb16_effekt_kvalitet,ukjent,false,,,,", "frame_codes",
        "code_frame",
    ),
    Mistake(
        CODEBOOK, "", "ssb_stat,2015,,,ny_grad,answer,number,,ssb16_effekt_kvalitet,grad_1_5,false,,,,",
        "number_scale", "code_frame",
    ),
    Mistake(
        CODEBOOK, "", "ssb_stat,2015,,,ny_verdi,answer,number,,ssb16_strategi_oppdatert,antall,false,,,,",
        "number_share", "answer", "codebook/estimate: ssb_stat,stat_strategi,",
    ),
    Mistake(
        "indicators/composite_item", "", "aapenhet_inkludering,ssb16_strategi_oppdatert,false,", "number_or_code",
        "question_id",
    ),
    Mistake(QUESTION, "Robotisering,strategi,any", "Robotisering,strategi,sum", "number_sum", "merge_rule"),
    Mistake(
        "scales/answer_group", "strategi,selected,,Valgt,1,1", "strategi,selected,,Valgt,,1", "group_range",
        "code_from",
    ),
    # Respondents
    Mistake("scales/code_frame", "dfo_daarlig_godt_1_7,9999", "dfo_daarlig_godt_1_7,99999", "answer_code", "code"),
    Mistake("scales/code_frame", "grad_1_5_vet_ikke,9", "grad_1_5_vet_ikke,-1", "answer_code", "code"),
    Mistake(CODEBOOK, "attribute,weight,weight", "attribute,weight,", "design_name", "field"),
    Mistake(CODEBOOK, "stratum_size,stratum_population", "stratum_size,storrelse", "design_name", "field"),
    Mistake(CODEBOOK, "stratum,attribute,stratum,", "stratum,attribute,stratum,trekning", "design_name", "field"),
    Mistake(CODEBOOK, "attribute,kommunenr,", "attribute,kommunenr,bosted", "design_name", "field"),
    Mistake(CODEBOOK, "", "dfo_innbygger,2010,,,kilo,attribute,number,weight,,,true,,,,", "design_name", "data_type"),
    Mistake(CODEBOOK, "utdanning,attribute,code,", "utdanning,attribute,code,alder", "free_name", "field"),
    Mistake(CODEBOOK, "attribute,kommune_population,", "attribute,kommune_population,wave", "free_name", "field"),
    Mistake(CODEBOOK, "", "itip,2020,,innbygger,respondent_no,attribute,text,,,,true,,,,", "free_name", "column_name"),
    Mistake(QUESTION, "", "alder,dfo_innbygger,Alder,dfo_vurdering,,,source,,,", "free_name", "question_id"),
    Mistake(QUESTION, "", "part,dfo_innbygger,Del,dfo_vurdering,,,source,,,", "free_name", "question_id"),
    Mistake(
        CODEBOOK, "", "dfo_innbygger,2021,,,utdanning,attribute,category,,,,true,,,ubesvart,", "steady_column",
        "data_type",
    ),
    Mistake(
        CODEBOOK, "", "dfo_innbygger,2021,,,husstandsinntekt,attribute,code,,,dfo_utdanning,true,,,ubesvart,",
        "steady_column", "code_frame",
    ),
    Mistake(CODEBOOK, "", "itip,2021,,innbygger,alder,unique,integer_15_110,aar,,,true,,,,", "steady_column", "field"),
    Mistake(CODEBOOK, "", "dfo_innbygger,2021,,,yrkesstatus,ignored,,,,,false,,,,", "steady_column", "role"),
    Mistake(
        CODEBOOK, "", "ssb_stat,2016,,,ansatte,answer,number,,ssb16_effekt_kvalitet,antall,true,,,,", "steady_column",
        "role",
    ),
    Mistake(
        CODEBOOK, "", "itip,2020,,innbygger,skate,answer,code,,ramboll_skate,itip_enig_1_5,true,,,ubesvart,",
        "asked_once", "question_id",
    ),
    Mistake(CODEBOOK, "sky_lagring,valgt,true,,,ubesvart", "sky_lagring,valgt,true,,,ikke_oppgitt", "answer_blank",
        "blank_kind",
    ),
    Mistake(CODEBOOK, "sky_moterom,valgt,true,,,ubesvart", "sky_moterom,valgt,true,,,utenfor_utvalget", "answer_blank",
        "blank_kind",
    ),
    # Names that others have
    Mistake(SURVEY, "", "itip_innbygger,N,N,n,person,respondents,csv,;,.,false,,false,", "table_name", "survey"),
    Mistake(SURVEY, "", "digdir__goal,N,N,m,person,respondents,csv,;,.,false,,false,", "table_name", "survey"),
    Mistake(SURVEY, "", "refusal,N,N,o,person,respondents,csv,;,.,false,,false,", "table_name", "survey"),
    Mistake(QUESTION, "", "order,ssb_kommune,Ny,har_strategi,any,,source,,,", "sql_word", "question_id"),
    Mistake(QUESTION, "", "ssb23_sky__number,ssb_kommune,Ny,har_strategi,any,,source,,,", "sql_word", "question_id"),
    Mistake("codebook/breakdown", "", "ssb_stat,group,Gruppe,naering,naering", "sql_word", "breakdown"),
    # Who answers
    Mistake(CODEBOOK, "respondent_id,key,respondent_id", "respondent_id,key,text", "respondent_key", "data_type"),
    Mistake(CODEBOOK, "virksomhet,respondent_id,key,", "virksomhet,respondent_id,attribute,", "respondent_key", "role"),
    Mistake("scales/code_frame", "itip_sektor,2,kommune", "itip_sektor,2,Stat", "label_of_one_code", "answer_nb"),
    Mistake(SURVEY, ",false,delivered,false,", ",false,delivered,false,0", "largest_weight", "largest_weight"),
    Mistake(SURVEY, ",true,respondents,false,", ",true,respondents,false,5", "largest_weight", "largest_weight"),
    # Whose answers are protected
    Mistake("codebook/population", "", "uten_regel,dfo_innbygger,uten,Uten regel", "disclosure_rule", "survey"),
    Mistake(DISCLOSURE, "dfo_innbygger,,5,10,3", "dfo_innbygger,,2,10,0", "disclosure_rule", "threshold"),
    Mistake(DISCLOSURE, "ssb_kommune,,1,1,0", "ssb_kommune,,0,1,0", "disclosure_rule", "threshold"),
    Mistake(DISCLOSURE, "itip,virksomhet,3,6,1", "itip,virksomhet,3,6,2", "disclosure_rule", "protection"),
    Mistake(DISCLOSURE, "itip,innbygger,5,10,3", "itip,innbygger,5,10,0", "disclosure_rule", "protection"),
    Mistake(
        CODEBOOK, "", "ssb_kommune,2022,,,antall,attribute,stratum_size,stratum_population,,,true,,,,",
        "population_size", "population_size", "codebook/survey: ssb_kommune,",
    ),
    Mistake("scales/scale", "itip_grad_1_5,1-5,1,5", "itip_grad_1_5,1-5,5,5", "scale_ends", "source_max"),
    # Who is counted
    Mistake(SURVEY, "xlsx,,.,false,,", "xlsx,,.,false,kommuner,", "population_size", "population_size"),
    Mistake(SURVEY, ",true,respondents", ",true,delivered", "population_size", "population_size"),
    Mistake("codebook/estimate", "", "itip,itip_trapp,innbyggere,share,each,true", "population_part", "population"),
    Mistake(
        "codebook/population", "innbyggere,itip,innbygger", "innbyggere,itip,", "population_part", "population",
        "codebook/estimate: itip,itip_innbygger_skala,innbyggere,mean",
    ),
    # Composites and counts
    Mistake(QUESTION, "", "ramboll_tom,itip,Ny,itip_kanal,,,source,,,", "question_asked", "question_id"),
    Mistake(
        "indicators/composite_item", "", "ia_digital_kompetanse,ramboll_tom,false,", "composite_item", "question_id",
    ),
    Mistake(
        "indicators/composite_item", "", "ia_privat_sektor,ssb16_effekt_kvalitet,false,", "composite_item",
        "question_id",
    ),
    Mistake("indicators/composite", "", "ramboll_skate,itip,maal_2025,Skate", "composite_id", "composite"),
    Mistake("indicators/composite", "", "ia_uten,itip,maal_2025,Uten spørsmål", "composite_items", "composite"),
    Mistake(
        "scales/scale", "itip_trapp,1-5,1,4,1,5", "itip_trapp,1-5,1,4,1,4", "composite_scale", "question_id",
        "indicators/composite_item: lose_oppgaver_sammenhengende,ramboll_hoveddel",
    ),
    Mistake(
        "indicators/composite_item", "", "ia_okt_deling,ramboll_gronn_vektes,true,", "composite_scale", "question_id",
    ),
    Mistake(
        "indicators/composite_item", "", "ia_okt_deling,ramboll_gronn_planlegger,false,", "composite_scale",
        "question_id",
    ),
    Mistake(
        QUESTION, "internettløsninger,funksjon,population_weighted_mode", "internettløsninger,funksjon,",
        "counted_merge", "merge_rule",
    ),
    # How long answers are kept
    Mistake("disclosure/retention", "", "itip,vrksomhet,60,ground,Grunn", "retention_part", "part"),
    Mistake("disclosure/retention", "itip,virksomhet,120", "itip,virksomhet,0", "retention_months", "months"),
    Mistake(
        "disclosure/retention", "itip,innbygger,60", "itip,ukjent,60", "retention_stated", "data_type",
        f"{CODEBOOK}: itip,2020,,innbygger,respondent_id",
    ),
    # When the next wave is due
    Mistake("operations/cadence", "ssb_kommune,60", "ssb_kommune,0", "cadence_months", "months"),
    # What is estimated
    Mistake(QUESTION, "", "ssb23_ny,ssb_kommune,Ny,har_strategi,any,,source,,,", "question_asked", "question_id"),
    Mistake("codebook/count_question", "", "ssb23_har_strategi,strategi,antall", "count_question", "question_id"),
    Mistake(QUESTION, "grønn IKT,strategi,any,valgt", "grønn IKT,strategi,any,", "counted_points", "points_frame"),
    Mistake(
        "codebook/estimate", "har_strategi,kommuner,share,each", "har_strategi,kommuner,share,",
        "estimate_answer", "answer",
    ),
    Mistake(
        "codebook/estimate", "strategi,kommuner_med_strategi,share,selected",
        "strategi,kommuner_med_strategi,share,valgte", "estimate_answer", "answer",
    ),
    Mistake("codebook/estimate", "", "ssb_kommune,bruker_sky,kommuner,mean,1,true", "estimate_answer", "answer"),
    Mistake(
        "codebook/estimate", "", "ssb_kommune,planlagt_prosjekter,kommuner,mean,,true", "estimate_scale",
        "statistic",
    ),
    Mistake("codebook/population_rule", "ssb23_bruker_sky,1,1", "ssb23_bruker_sky,1,9", "population_rule", "code_to"),
    Mistake("codebook/population_rule", "", "kommuner,ssb16_nettsky,1,1", "population_rule", "question_id"),
    Mistake("codebook/population_rule", "kompetanse_hinder,4,5", "kompetanse_hinder,5,4", "range", "code_to"),
    Mistake("codebook/category", "innbyggergruppe,2000,", "innbyggergruppe,1500,", "range_overlap", "source_from"),
    Mistake("codebook/gross_sample", "sektor,kommune,", "sektor,fylke,", "category", "category"),
    Mistake(
        "codebook/standard_cell", "itip,sektor_og_storrelse,2020,kommunestorrelse,stor",
        "itip,sektor_og_storrelse,2021,kommunestorrelse,stor", "standard", "reference_wave",
    ),
    Mistake("codebook/series_break", "sammenhengende,2022", "sammenhengende,2018", "series_break", "wave"),
    Mistake("regions/kommune_count", "\n2022,", "\n2032,", "kommune_year", "wave", "codebook/wave: ssb_kommune,2022"),
    # Indicators
    Mistake("indicators/threshold", "strategi,2,6,9", "strategi,2,7,9", "threshold_gap", "value_from"),
    Mistake("indicators/threshold", "strategi,4,12,15", "strategi,4,12,14", "threshold_reach", "value_to"),
    Mistake(
        "indicators/composition", "1,indicator,strategi", "1,indicator,digital_prioritering", "composition",
        "input",
    ),
    Mistake(
        "indicators/composition", "question,ssb23_forsokt_rekruttere", "question,ssb23_forsokt", "composition",
        "input",
    ),
    Mistake(
        "indicators/composition", "question,ssb23_vansker_rekruttere", "question,ssb16_effekt_kvalitet",
        "indicator_survey", "indicator", "indicators/indicator: digital_kompetanse",
    ),
    Mistake(
        "indicators/score_label", "skytjenester,0,", "skytjenester,9,", "score_label", "filter_question_id",
        "indicators/indicator: skytjenester,",
    ),
    Mistake("indicators/indicator", "", "ny,Ny,composite,,,,,", "scored", "indicator"),
    Mistake(
        "indicators/indicator", "planlagt_prosjekter,1,2018", "planlagt_prosjekter,2,2018", "indicator_filter",
        "filter_question_id",
    ),
    Mistake(
        "goals/key_figure_term", "index=egov_transparency;country=NOR", "index=egov_transparency;NOR", "row_key",
        "row_key",
    ),
    # Kommuner and countries
    Mistake(KOMMUNE, "Moss,2010-01-01,2020-01-01", "Moss,2010-01-01,2009-01-01", "kommune_period", "valid_to"),
    Mistake(KOMMUNE, "Halden,2010-01-01,2020-01-01", "Halden,2010-01-01,2021-01-01", "kommune_change", "valid_to"),
    Mistake(
        "regions/kommune_change", "2012-01-01,1723,1756", "2009-01-01,1723,1756", "kommune_change",
        "from_kommunenr",
    ),
    Mistake(
        "regions/kommune_split_share", "0704,0.188728", "0704,0.288728", "split_shares", "population_share",
        "regions/kommune_split_share: 2017-01-01,0720,0710",
    ),
    Mistake("regions/kommune_change", "2024-01-01,1507,1508", "2024-07-01,1507,1508", "kommune_change", "change_date"),
    Mistake(
        "regions/kommune_split_share", "2020-01-01,1850,1806", "2020-01-01,1850,1804", "split_shares", "to_kommunenr",
        "regions/kommune_change: 2020-01-01,1850,1806",
    ),
    Mistake("international/country_alias", "", "ALB,Austria", "country_name", "alias"),
    Mistake("international/ranking_rule", "un_epart,192,", "un_epart,1,", "ranking_rule", "least_countries"),
    # Printed figures
    Mistake("published/figures", "6.7,1,,,,exact", "6.7,1,,,,approximate", "figure_bound", "bound"),
    Mistake(
        "published/figure_explanation", "ramboll_svarprosent_stat_2021,carried",
        "ramboll_svarprosent_stat_2021,explained", "published_figures", "",
    ),
    Mistake("published/statement", ",equal,1,ikke veldig stor", ",equal,,ikke veldig stor", "statements", ""),
]  # fmt: skip


@dataclass
class Broken:
    """A copy of the seeds with every mistake of MISTAKES, and what was found in it."""

    folder: Path
    lines: dict[Mistake, int]
    found: list[Finding]


def copy_of_the_seeds(folder: Path) -> Path:
    return Path(shutil.copytree(SEEDS_DIR, folder / "seeds"))


def make(mistake: Mistake, folder: Path) -> int:
    """Make the mistake; returns its line."""
    path = folder / f"{mistake.seed}.csv"
    text = path.read_text(encoding="utf-8")
    before = text.partition(mistake.old)[0] if mistake.old else text
    assert mistake.old in text
    changed = text.replace(mistake.old, mistake.new, 1) if mistake.old else f"{text}{mistake.new}\n"
    path.write_text(changed, encoding="utf-8")
    return before.count("\n") + 1 + mistake.old.startswith("\n")


def line_of(folder: Path, at: str) -> int:
    seed, _, begins = at.partition(": ")
    lines = (folder / f"{seed}.csv").read_text(encoding="utf-8").split("\n")
    (found,) = (number for number, line in enumerate(lines, start=1) if line.startswith(begins))
    return found


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Broken:
    folder = copy_of_the_seeds(tmp_path_factory.mktemp("broken"))
    lines = {mistake: make(mistake, folder) for mistake in MISTAKES}
    return Broken(folder, lines, check_seeds(folder, MORE))


def test_the_projects_seeds_have_no_mistakes() -> None:
    assert [str(finding) for finding in check_seeds(more=MORE)] == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.rule} of {mistake.seed}")
def test_mistake_is_found_at_its_line(broken: Broken, mistake: Mistake) -> None:
    seed = mistake.at.partition(":")[0] or mistake.seed
    line = line_of(broken.folder, mistake.at) if mistake.at else broken.lines[mistake]
    found = [f for f in broken.found if (f.file, f.line, f.rule) == (f"seeds/{seed}.csv", line, mistake.rule)]
    assert mistake.column in {finding.column for finding in found}
    assert all(str(f).startswith(f"seeds/{seed}.csv:{line}:") and f.problem and f.remedy for f in found)


def test_every_rule_and_every_kind_of_declaration_finds_one_of_them(broken: Broken) -> None:
    tables, declared = read_tables(broken.folder, []), read_declared(broken.folder)
    silent = [rule.__name__ for rule in (*check.RULES, *MORE) if not list(rule(tables))]
    assert silent == []
    kind_of = {test.name: test.kind for seed in declared.values() for test in seed.tests}
    assert {kind_of[f.rule] for f in broken.found if f.rule in kind_of} == set(KINDS)
    declared_types = {said.partition("(")[0] for seed in declared.values() for said in seed.types.values()}
    assert declared_types == set(TYPES)


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake("codebook/category", "", "itip,kjønn,1,1,mann,Mann", "seed_category_breakdown_exists", "breakdown"),
        Mistake(
            "codebook/series_break",
            "strategi_sammenhengende,2022",
            "strategi_sammenhengende,2018",
            "series_break",
            "wave",
        ),
        Mistake(CODEBOOK, "attribute,weight,weight", "attribute,weight,", "design_name", "field"),
        Mistake(CODEBOOK, "utdanning,attribute,code,", "utdanning,attribute,code,alder", "free_name", "field"),
        Mistake(SURVEY, "xlsx,,.,false,,", "xlsx,,.,false,kommuner,", "population_size", "population_size"),
        Mistake("indicators/composite", "", "ia_uten,itip,maal_2025,Uten", "composite_items", "composite"),
        Mistake(
            "indicators/composite_item",
            "",
            "ia_okt_deling,ramboll_gronn_vektes,true,",
            "composite_scale",
            "question_id",
        ),
        Mistake("indicators/threshold", "strategi,2,6,9", "strategi,2,7,9", "threshold_gap", "value_from"),
        Mistake("published/figures", "6.7,1,,,,exact", "6.7,1,,,,approximate", "figure_bound", "bound"),
    ],
    ids=lambda mistake: mistake.rule,
)
def test_one_mistake_is_one_finding(tmp_path: Path, mistake: Mistake) -> None:
    folder = copy_of_the_seeds(tmp_path)
    line = make(mistake, folder)
    (found,) = check_seeds(folder, MORE)
    assert (found.file, found.line) == (f"seeds/{mistake.seed}.csv", line)
    assert (found.rule, found.column) == (mistake.rule, mistake.column)


def test_finding_says_where_what_and_what_to_do() -> None:
    finding = Finding("seeds/a/b.csv", 7, "wave", "2\x1b[2J", "type", "does not fit", "write a number")
    assert str(finding) == r"seeds/a/b.csv:7: column wave, value '2\x1b[2J': does not fit (type) -> write a number"


def test_wave_as_the_one_before_is_one_row(tmp_path: Path) -> None:
    folder = copy_of_the_seeds(tmp_path)
    make(Mistake("codebook/wave", "", "ssb_stat,2017", "", ""), folder)
    assert check_seeds(folder, MORE) == []


def test_column_that_is_another_in_a_later_wave_is_a_row_and_a_name_of_its_own(tmp_path: Path) -> None:
    folder = copy_of_the_seeds(tmp_path)
    for seed, old, new in [
        (CODEBOOK, "itip,2020,,innbygger,region,", "itip,2020,2020,innbygger,region,"),
        (CODEBOOK, "", "itip,2021,,innbygger,landsdel,attribute,text,,,,true,,,ubesvart,"),
        ("codebook/column_alias", "", "itip,2021,innbygger,Region,landsdel"),
        ("codebook/column_label", "", "itip,innbygger,landsdel,Landsdel,"),
    ]:
        make(Mistake(seed, old, new, "", ""), folder)
    assert check_seeds(folder, MORE) == []


def test_labels_that_stand_for_the_same_codes_may_be_other_words_in_a_later_wave(tmp_path: Path) -> None:
    folder = copy_of_the_seeds(tmp_path)
    sector = "virksomhet,sektor,attribute,label,stratum,"
    for seed, old, new in [
        (CODEBOOK, f"itip,2020,,{sector}", f"itip,2020,2020,{sector}"),
        (CODEBOOK, "", f"itip,2021,,{sector},itip_sektor_ny,true,,,,"),
        ("scales/code_frame", "", "itip_sektor_ny,1,Staten,answer,\nitip_sektor_ny,2,Kommunene,answer,"),
    ]:
        make(Mistake(seed, old, new, "", ""), folder)
    assert check_seeds(folder, MORE) == []


def test_words_of_sql_are_those_of_the_engine() -> None:
    said = "select keyword_name from duckdb_keywords() where keyword_category = 'reserved'"
    assert {word for (word,) in duckdb.sql(said).fetchall()} <= ids.RESERVED


# Files


def test_line_is_that_of_the_file_also_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    folder = copy_of_the_seeds(tmp_path)
    make(Mistake("codebook/survey", ",innbygger,respondents", ',"inn\nbygger",respondents', "", ""), folder)
    line = make(Mistake("codebook/survey", ",true,,true", ",ja,,true", "", ""), folder)
    assert [(f.line, f.column) for f in check_seeds(folder)] == [(line, "is_census")]


SECOND = b"\nssb_kommune,2022"  # the second row of wave.csv


def replace_bytes(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


@pytest.mark.parametrize(
    ("seed", "spoil", "line", "rule"),
    [
        ("codebook/survey", lambda path: path.unlink(), 1, "file"),
        ("codebook/survey", lambda path: path.with_name("extra.csv").write_text("a\n1\n"), 1, "described"),
        ("codebook/survey", lambda path: shutil.copy(path, path.parent.parent / "goals"), 1, "seed_name"),
        ("codebook/wave", lambda path: replace_bytes(path, b"survey,wave", b"survey,year"), 1, "header"),
        ("codebook/wave", lambda path: replace_bytes(path, b"survey,wave", b"wave,survey"), 1, "header"),
        ("codebook/wave", lambda path: replace_bytes(path, b"survey", b"\xef\xbb\xbfsurvey"), 1, "header"),
        ("codebook/wave", lambda path: replace_bytes(path, SECOND, b"\nssb_kommune\xe5,2022"), 3, "encoding"),
        ("codebook/wave", lambda path: replace_bytes(path, SECOND, b'\n"ssb"_kommune,2022'), 3, "quotation"),
        ("codebook/wave", lambda path: replace_bytes(path, SECOND, b"\n\nssb_kommune,2022"), 3, "cells"),
    ],
)  # fmt: skip
def test_file_that_is_no_seed_as_declared_is_told_alone(tmp_path: Path, seed: str, spoil, line: int, rule: str) -> None:
    folder = copy_of_the_seeds(tmp_path)
    spoil(folder / f"{seed}.csv")
    (found,) = check_seeds(folder, MORE)
    assert (found.line, found.rule) == (line, rule)


def test_mistakes_come_in_the_order_of_files_and_lines(broken: Broken) -> None:
    places = [(finding.file, finding.line) for finding in broken.found]
    assert places == sorted(places)
    assert max(Counter(str(finding) for finding in broken.found).values()) == 1


# The command, and a run


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The project has 25 mistakes in its seeds."""
    found = [Finding("seeds/a/b.csv", line, "", "", "cells", "no cells", "write some") for line in range(2, 27)]
    monkeypatch.setattr(seed_rules, "mistakes", lambda: tuple(found))
    monkeypatch.setenv("TILSTAND_DATA_DIR", str(tmp_path / "data"))
    return [str(finding) for finding in found]


def test_command_prints_every_mistake(many: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-seeds"]) == 1
    assert capsys.readouterr().out.splitlines() == [*many, "25 mistakes in seeds/"]


def test_command_says_so_where_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-seeds"]) == 0
    assert capsys.readouterr().out == "seeds/: no mistakes\n"


def test_run_begins_nothing_while_the_seeds_have_mistakes(
    many: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert "the seeds have mistakes (all of them: make check-seeds)" in said[0]
    assert said[1:] == [*many[:20], "and 5 more", "Nothing was run."]
    assert not (tmp_path / "data").exists()


def test_command_loads_nothing_heavy() -> None:
    code = "import sys; from pipelines.__main__ import main; main(['check-seeds']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded & {"pandas", "numpy", "duckdb", "pyarrow", "dagster", "dbt", "pyreadstat"} == set()
    assert {"pipelines", "yaml"} <= loaded


@pytest.mark.parametrize("page", sorted((PROJECT_DIR / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_page_shows_findings_of_rules_that_there_are(page: Path) -> None:
    code = [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "pipelines").rglob("*.py")]
    named = {rule for text in code for rule in re.findall(r'"([a-z0-9_]+)"', text)}
    declared = [path.read_text(encoding="utf-8") for path in SEEDS_DIR.rglob("*.yml")]
    named |= {rule for text in declared for rule in re.findall(r"name: (\w+)", text)}
    shown = re.findall(r"\(([a-z0-9_]+)\) ->", " ".join(page.read_text(encoding="utf-8").split()))
    assert [rule for rule in shown if rule not in named] == []
