"""Two made-up surveys of persons that are hard to read, as rows of seeds/, and the few answers that they get.

Not here: what is expected of them (test_hard_survey.py).
"""

import csv
import io

import duckdb
import pandas as pd

from pipelines.common.seeds import read_rows
from pipelines.transform.survey_models import survey_models
from tests.own_project import OwnProject, Rows, note_load

ODD_LABEL = """Mye: "sitat", 'enkelt', \\ og \\n, }} {{ %} {% slutt %} {# æøå ÆØÅ #}"""
SURVEYS = ("arbeid", "foretak")

# Later rows stand first: nothing may depend on their order. A column that the other waves of its question do not have:
# q_mal in words, as a code, and in other words; q_plan and q_ni hold another question from 2021.
SEEDS = {
    "codebook/survey": """
survey,survey_nb,producer,landing_path,unit,kind,file_format,delimiter,decimal_mark,is_census,population_size,is_carried
arbeid,Arbeidslivet,Ingen,arbeid,person,respondents,xlsx,,".",false,delivered,false
foretak,Foretakene,Ingen,foretak,foretak,respondents,csv,;,",",true,respondents,false
""",
    "codebook/wave": """
survey,wave
arbeid,2020
arbeid,2021
arbeid,2022
foretak,2020
""",
    "codebook/codebook": """
survey,part,column_name,from_wave,to_wave,role,data_type,field,question_id,code_frame,filter_column,filter_code,is_required,blank_kind
arbeid,leder,respondent_id,2020,,key,unlinked_respondent_id,,,,,,true,
arbeid,leder,lag,2020,,attribute,stratum,stratum,,,,,true,
arbeid,leder,lag_n,2020,,attribute,stratum_size,stratum_population,,,,,true,
arbeid,leder,vekt,2021,,attribute,weight,weight,,,,,true,utenfor_utvalget
arbeid,leder,kjonn,2020,,attribute,label,,,arbeid_kjonn,,,true,
arbeid,leder,stilling,2022,,attribute,label,,,arbeid_stilling_2,,,true,
arbeid,leder,stilling,2020,2021,attribute,label,,,arbeid_stilling_1,,,true,
arbeid,leder,rolle,2020,,attribute,code,,,arbeid_rolle,,,true,
arbeid,leder,antall,2020,,attribute,positive_integer,,,,rolle,1,true,ubesvart
arbeid,leder,q_mal,2022,,answer,label,,al_mal,arbeid_mal_3,,,true,ubesvart
arbeid,leder,q_mal,2021,2021,answer,code,,al_mal,arbeid_mal_2,,,true,ubesvart
arbeid,leder,q_mal,2020,2020,answer,label,,al_mal,arbeid_mal_1,,,true,ubesvart
arbeid,leder,q_plan,2021,,answer,code,,al_strategi,ja_nei,,,true,ubesvart
arbeid,leder,q_plan,2020,2020,answer,code,,al_plan,ja_nei,,,true,ubesvart
arbeid,leder,q_data,2020,,answer,code,,al_data,valgt,q_plan,1,true,ubesvart
arbeid,leder,q_folk,2020,,answer,code,,al_folk,valgt,rolle,1,true,ubesvart
arbeid,leder,q_utgift,2020,,answer,non_negative_number,,al_utgift,arbeid_kroner,q_plan,1,true,ubesvart
arbeid,leder,q_ni,2021,,answer,number,,al_timer,arbeid_timer,,,true,ubesvart
arbeid,leder,q_ni,2020,2020,answer,code,,al_ni,ja_nei,,,true,ubesvart
arbeid,ansatt,respondent_id,2020,,key,unlinked_respondent_id,,,,,,true,
arbeid,ansatt,antall_i_alt,2020,,attribute,stratum_size,stratum_population,,,,,true,
arbeid,ansatt,vekt,2021,,attribute,weight,weight,,,,,true,utenfor_utvalget
arbeid,ansatt,kjonn,2020,,attribute,label,,,arbeid_kjonn,,,true,ubesvart
arbeid,ansatt,rolle,2020,,attribute,code,,,arbeid_rolle,,,true,
arbeid,ansatt,antall,2020,,attribute,positive_integer,,,,,,true,ubesvart
arbeid,ansatt,q_folk,2020,,answer,code,,aa_folk,ja_nei,,,true,ubesvart
arbeid,ansatt,q_trivsel,2020,,answer,code,,aa_trivsel,arbeid_trivsel,,,true,ubesvart
foretak,,respondent_id,2020,,key,unlinked_respondent_id,,,,,,true,
foretak,,naering,2020,,attribute,stratum,stratum,,,,,true,
foretak,,bruk,2020,,answer,code,,fo_bruk,ja_nei,,,true,ubesvart
""",
    "codebook/column_label": """
survey,part,column_name,column_nb,unit_nb
arbeid,leder,lag,Landsdel,
arbeid,leder,lag_n,Ledere i landsdelen,personer
arbeid,leder,vekt,Vekt,
arbeid,leder,kjonn,Kjønn,
arbeid,leder,stilling,Stilling,
arbeid,leder,rolle,Rolle,
arbeid,leder,antall,Antall de leder,personer
arbeid,ansatt,antall_i_alt,Ansatte i alt,personer
arbeid,ansatt,vekt,Vekt,
arbeid,ansatt,kjonn,Kjønn,
arbeid,ansatt,rolle,Rolle,
arbeid,ansatt,antall,Antall på stedet,personer
foretak,,respondent_id,Løpenummer,
arbeid,leder,respondent_id,Løpenummer,
arbeid,ansatt,respondent_id,Løpenummer,
foretak,,naering,Næring,
""",
    "codebook/question": """
question_id,survey,question_nb,item_group,points_frame,naming
al_mal,arbeid,Når målene,al_mal,,source
al_plan,arbeid,Har plan,al_plan,,source
al_strategi,arbeid,Har strategi,al_plan,,source
al_data,arbeid,Plan for data,al_tema,valgt,source
al_folk,arbeid,Plan for folk,al_tema,valgt,source
al_utgift,arbeid,Utgifter,al_utgift,,source
al_ni,arbeid,Spørsmål ni,al_ni,,source
al_timer,arbeid,Timer,al_timer,,source
al_antall,arbeid,Antall tema,al_antall,,derived
aa_folk,arbeid,Vet om planen,aa_folk,,source
aa_trivsel,arbeid,Trives,aa_trivsel,,source
fo_bruk,foretak,Bruker sky,fo_bruk,,source
""",
    "codebook/count_question": """
question_id,counted_group,code_frame
al_antall,al_tema,antall
""",
    "codebook/population": """
population,survey,part,population_nb
arbeid_ledere,arbeid,leder,Ledere
arbeid_ansatte,arbeid,ansatt,Ansatte
foretak_alle,foretak,,Foretak
""",
    "disclosure/disclosure_rule": """
survey,part,threshold,small_group,protection,dominance_share,reason_nb
arbeid,leder,5,10,3,0.5,Ledere
arbeid,ansatt,5,10,3,0.5,Ansatte
foretak,,3,6,1,0.5,Foretak
""",
    "codebook/estimate": """
survey,item_group,population,statistic,answer,is_dont_know_in_base
arbeid,al_mal,arbeid_ledere,mean,,false
arbeid,al_mal,arbeid_ledere,share,each,true
arbeid,al_plan,arbeid_ledere,share,each,true
arbeid,al_tema,arbeid_ledere,share,selected,true
arbeid,al_utgift,arbeid_ledere,mean,,false
arbeid,al_utgift,arbeid_ledere,share,minst_10,false
arbeid,al_ni,arbeid_ledere,share,each,true
arbeid,al_timer,arbeid_ledere,mean,,false
arbeid,al_antall,arbeid_ledere,mean,,false
arbeid,aa_folk,arbeid_ansatte,share,each,true
arbeid,aa_trivsel,arbeid_ansatte,mean,,false
foretak,fo_bruk,foretak_alle,share,each,true
""",
    "codebook/breakdown": """
survey,breakdown,breakdown_nb,source_column,delivered_column
arbeid,all,Alle,,
arbeid,kjonn,Kjønn,kjonn,kjonn
arbeid,stilling,Stilling,stilling,stilling
arbeid,storrelse,Størrelse,antall,antall
foretak,all,Alle,,
""",
    "codebook/category": """
survey,breakdown,source_from,source_to,category,category_nb
arbeid,kjonn,1,1,kvinne,Kvinne
arbeid,kjonn,2,2,mann,Mann
arbeid,stilling,1,1,sjef,Sjef
arbeid,stilling,2,2,mellomleder,Mellomleder
arbeid,storrelse,0,9,under_10,Under 10
arbeid,storrelse,10,,minst_10,10 og flere
""",
    "scales/code_frame": f"""
code_frame,code,answer_nb,answer_kind,value
arbeid_kjonn,1,Kvinne,answer,
arbeid_kjonn,2,Mann,answer,
arbeid_kjonn,3,Ønsker ikke å svare,ubesvart,
arbeid_stilling_1,1,Sjef,answer,
arbeid_stilling_1,2,Leder,answer,
arbeid_stilling_2,1,Leder,answer,
arbeid_stilling_2,2,Underleder,answer,
arbeid_rolle,1,Leder,answer,
arbeid_rolle,2,Nestleder,answer,
arbeid_mal_1,1,Lite,answer,1
arbeid_mal_1,2,Noe,answer,2
arbeid_mal_1,3,Mye,answer,3
arbeid_mal_1,9,Vet ikke,vet_ikke,
arbeid_mal_2,0,Lite,answer,0
arbeid_mal_2,5,Noe,answer,5
arbeid_mal_2,10,Mye,answer,10
arbeid_mal_3,10,Noe,answer,1
arbeid_mal_3,20,Mye,answer,2
arbeid_mal_3,30,"{ODD_LABEL.replace('"', '""')}",answer,5
arbeid_trivsel,1,Lite,answer,1
arbeid_trivsel,2,Noe,answer,2
arbeid_trivsel,3,Middels,answer,3
arbeid_trivsel,4,Ganske,answer,4
arbeid_trivsel,5,Svært,answer,5
arbeid_trivsel,6,Vet ikke,vet_ikke,
""",
    "scales/scale": """
code_frame,scale,source_min,source_max,target_min,target_max
arbeid_mal_1,0-10,1,3,0,10
arbeid_mal_2,0-10,0,10,0,10
arbeid_mal_3,0-10,1,5,0,10
arbeid_trivsel,1-5,1,5,1,5
arbeid_kroner,mill. kr,0,1,0,1
arbeid_timer,timer,0,1,0,1
""",
    "scales/answer_group": """
item_group,answer,answer_nb,code_from,code_to,value_from,value_to
al_tema,selected,Valgt,1,1,,
al_utgift,minst_10,Minst 10,,,10,1000
""",
}

# Numbers and words as delivered, by wave. The first wave has no weights; the last two leaders of 2021 have none.
DELIVERED = {
    "arbeid_leder": {
        2020: """
lag,lag_n,kjonn,stilling,rolle,antall,q_mal,q_plan,q_data,q_folk,q_utgift,q_ni
nord,20,Kvinne,Sjef,1,12,Lite,1,1,1,"1,5",2
nord,20,Mann,Leder,2,,Noe,2,,,,1
nord,20,Ønsker ikke å svare,Sjef,1,,Mye,1,,0,"12,5",1
sør,40, kvinne ,LEDER,1,3,Mye,1,0,1,,2
sør,40,Mann,Sjef,2,,Vet ikke,2,,,,
""",
        2021: """
lag,lag_n,vekt,kjonn,stilling,rolle,antall,q_mal,q_plan,q_data,q_folk,q_utgift,q_ni
nord,30,"1,5",Kvinne,Sjef,1,12,10,1,1,1,20,"7,5"
nord,30,2,Mann,Leder,2,,5,2,,,,0
nord,30,"0,5",Mann,Sjef,1,40,0,1,0,0,"4,25",
sør,50,3,Kvinne,Sjef,1,,10,1,1,0,8,"37,5"
sør,50,1,Mann,Leder,2,,5,2,,,,10
sør,50,0,Kvinne,Sjef,1,8,0,1,1,1,99,99
sør,50,,Kvinne,Sjef,1,8,0,1,1,1,99,99
""",
        2022: f"""
lag,lag_n,vekt,kjonn,stilling,rolle,antall,q_mal,q_plan,q_data,q_folk,q_utgift,q_ni
nord,30,1,Kvinne,Leder,1,12,"{ODD_LABEL.replace('"', '""')}",1,1,1,20,1
nord,30,2,Mann,Leder,2,,MYE,2,,,,2
sør,50,4,Mann,Underleder,1,9,Noe,1,,0,10,3
sør,50,1,Mann,Underleder,1,9,Noe,1,0,0,30,4
""",
    },
    "arbeid_ansatt": {
        2020: """
antall_i_alt,kjonn,rolle,antall,q_folk,q_trivsel
100,Kvinne,1,5,1,4
100,Mann,2,,2,5
100,Mann,2,60,,1
100,,2,,1,6
""",
        2021: """
antall_i_alt,vekt,kjonn,rolle,antall,q_folk,q_trivsel
200,1,Kvinne,1,5,1,4
200,2,Mann,2,5,2,5
200,4,Mann,2,60,2,1
""",
        2022: """
antall_i_alt,vekt,kjonn,rolle,antall,q_folk,q_trivsel
200,1,Kvinne,1,5,1,4
200,3,Mann,1,5,1,2
""",
    },
    "foretak": {
        2020: """
naering,bruk
fiske,1
fiske,2
fiske,1
jordbruk,2
jordbruk,1
""",
    },
}


def read_text(text: str) -> Rows:
    """The rows of a table that is written out here."""
    return list(csv.DictReader(io.StringIO(text.strip())))


def describe(project: OwnProject) -> None:
    """Put the rows of the surveys into the project's seeds, and write their models."""
    for name, text in SEEDS.items():
        project.change_seed(name, lambda rows, text=text: rows + read_text(text))
    surveys, codebook = (read_rows(name, project.folder / "seeds") for name in ("survey", "codebook"))
    for survey in SURVEYS:
        for name, text in survey_models(survey, surveys, codebook).items():
            (project.dbt_project / "models" / name).write_text(text, encoding="utf-8")


def deliver(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the raw tables as ingest would; a column that a wave lacks is NULL."""
    n_rows: dict[tuple[str, int], int] = {}
    for table, waves in DELIVERED.items():
        frames = []
        for wave, text in waves.items():
            frame = pd.DataFrame(read_text(text))
            frames.append(frame.assign(wave=wave, row_number=range(len(frame)), sha256="none"))
            key = (table.partition("_")[0], wave)
            n_rows[key] = n_rows.get(key, 0) + len(frame)
        con.register("raw_frame", pd.concat(frames))
        whole = "cast(wave as integer) as wave, cast(row_number as integer) as row_number"
        con.execute(f"create table raw.{table} as select * replace ({whole}) from raw_frame")
    for (survey, wave), n in n_rows.items():
        note_load(con, survey, wave, n)
