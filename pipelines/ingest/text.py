"""Text as people read it: what looks the same is the same, and what nobody sees does not count.

Not here: letters that went through a wrong encoding (encoding), and what a cell may hold (values).
"""

import re
import unicodedata

# Zero-width signs, soft hyphens, byte order marks, and the marks that turn the direction of writing.
INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# What str.strip() takes away; whoever does the same in SQL has to name it.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
EXACT = 2**53  # up to here a double holds every whole number


def canonical(text: str) -> str:
    """`text` composed (NFC), without invisible signs, and without blanks of any kind around it."""
    if text.isascii():  # nearly all is, and has one form only
        return text.strip()
    return unicodedata.normalize("NFC", INVISIBLE.sub("", text)).strip()


def folded(text: str) -> str:
    """What two texts share that a reader takes for the same: case, width and the number of blanks do not count."""
    return " ".join(unicodedata.normalize("NFKC", canonical(text)).casefold().split())


def name_key(name: str) -> str:
    """A name as it is looked up, here and in dbt (macro folded): case and the number of blanks do not count."""
    return " ".join(canonical(name).lower().split())


def invisible_in(text: str) -> list[str]:
    """The invisible signs of `text` by code point, each once: U+200B."""
    return [f"U+{ord(sign):04X}" for sign in dict.fromkeys(INVISIBLE.findall(text))]


def number_text(number: float) -> str:
    """A number as text: whole ones without decimals, others as short as gives the same double back, NaN as ''."""
    if number != number:
        return ""
    return str(int(number)) if number.is_integer() and abs(number) <= EXACT else repr(number)


def number_in(text: str) -> float | None:
    """The number that a text is, with either decimal mark; None where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def whole_in(text: str) -> int | None:
    """The whole number that a text is, also with one or two zeros as decimals; None where it is none."""
    matched = re.fullmatch(r"([0-9]+)([.,]0{1,2})?", text)
    return int(matched[1]) if matched else None


def column_key(name: str) -> str:
    """The name by which a column is looked up: case, blanks around it and signs that nobody sees do not count."""
    return canonical(name).lower()
