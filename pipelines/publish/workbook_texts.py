"""What stands in the workbook around its tables, in Norwegian and English.

Not here: titles of sheets (seeds/labels/workbook_sheet.csv) and descriptions of columns (contracts).
"""

from pipelines.publish.metadata.publication import publication
from pipelines.publish.synthetic import NOTE

CONTENTS, NOTES, COLUMNS = "Innhold", "Merknader", "Kolonner"
BACK = "← Innhold / Contents"
CONTENTS_HEADER = (
    "Ark / Sheet", "Innhold", "Contents", "Tabell / Table", "Rader her / Rows here", "Rader i alt / Rows in all",
    "Hele tabellen / The whole table",
)  # fmt: skip
COLUMNS_HEADER = ("Ark / Sheet", "Kolonne / Column", "Enhet / Unit", "Beskrivelse / Description")
NO_SHEET = ("Ikke i denne arbeidsboken", "Not in this workbook")
SYNTHETIC = "SYNTETISKE DATA – svarene er oppdiktet / SYNTHETIC DATA – the answers are made up"
NOTES_OF_ALL = (
    (
        "Tom celle (NULL): mangler, gjelder ikke, eller er skjult. Aldri 0. En rad som ikke er der, er en tom "
        "kategori eller noen som ikke svarte.",
        "An empty cell (NULL): missing, not applicable or hidden. Never 0. A row that is not there is an empty "
        "category, or someone who did not answer.",
    ),
    (
        "Skjult (is_suppressed er SANN): tallene i raden er tatt bort, så ingen får vite hva noen få har svart.",
        "Hidden (is_suppressed is TRUE): the numbers of the row are taken away, so that nobody learns what a few have "
        "answered.",
    ),
    (
        "Stjerner (uncertainty_flag), de fleste som gjelder: * intervallet overlapper med en annen gruppe, ** med "
        "målingen før eller et annet spørsmål i samme figur, *** det er svært bredt. Stjerner varsler, de tester ikke.",
        "Stars (uncertainty_flag), the most that apply: * the interval overlaps that of another group, ** that of the "
        "time before or of another question of the same figure, *** it is very wide. Stars warn, they do not test.",
    ),
    (
        "ci_lower og ci_upper er et intervall på 95 prosent. p_value er sannsynligheten for en minst like tydelig "
        "forskjell hvis det ikke var noen, p_adjusted den samme når mange sammenlignes.",
        "ci_lower and ci_upper are a 95 per cent interval. p_value is the probability of at least so large a "
        "difference if there were none, p_adjusted the same where many are compared.",
    ),
    (
        "Andeler er lagret som brøk (0,25) og vist i prosent (25,0 %). Hva tallene måles i, står over kolonnen, "
        "eller i kolonnen scale eller unit.",
        "Shares are stored as fractions (0.25) and shown in per cent (25.0%). What a number is measured in stands "
        "above its column, or in the column scale or unit.",
    ),
    (
        "kommunenr og fylkesnr er tekst: nullen foran står. Engelske navn (_en) er prosjektets egne oversettelser.",
        "kommunenr and fylkesnr are text: a zero in front stays. English labels (_en) are the project's own "
        "translations.",
    ),
)


def marked(text: str, is_synthetic: bool) -> str:
    """`text`, and that it is synthetic where it is."""
    return " – ".join(part for part in (text, SYNTHETIC if is_synthetic else "") if part)


def about(is_synthetic: bool, content: str) -> list[str]:
    """The lines above the contents."""
    return [
        marked("Digital tilstand", is_synthetic),
        f"Innhold {content}: slutten på navnet til utgivelsen / content {content}: how the name of the release ends",
        f"Les arket {NOTES} først, og arket {COLUMNS} om kolonnene / Read the sheet {NOTES} first; {COLUMNS} has the "
        "columns",
    ]


def notes(is_synthetic: bool) -> list[tuple[str, str]]:
    """(in Norwegian, in English), the heading first."""
    licence = publication().licence
    licensed = (f"Lisens: {licence['title_nb']}, {licence['url']}", f"Licence: {licence['title_en']}, {licence['url']}")
    warned = [(NOTE["nb"], NOTE["en"])] if is_synthetic else []
    return [("Merknader", "Notes"), *warned, *NOTES_OF_ALL, licensed]


def files_of(table: str) -> str:
    """Where the rest of a table is."""
    return f"excel/{table}.csv (.gz), csv/{table}.csv.gz, {table}.parquet"
