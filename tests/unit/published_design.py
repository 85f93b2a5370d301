"""A made-up survey, and its tables as a release would have them: small enough to compute by hand.

Not here: what is hidden of them, and what an attacker makes of it.
"""

import duckdb
import numpy as np
import pandas as pd

from pipelines.attack.knowledge import Knowledge

KEY = ["survey", "wave", "population", "question_id", "statistic", "answer", "breakdown", "category"]
VALUES = ["estimate", "std_error", "ci_lower", "ci_upper", "n_selected", "n_answers", "n_respondents", "n_dont_know"]
VALUES += ["n_no_answer", "sum_weights", "design_effect", "effective_n", "std_error_superpopulation"]
SURVEY, WAVE = "prove", 2030
RULES = pd.DataFrame(
    [{"survey": SURVEY, "part": "", "threshold": 5, "small_group": 10, "protection": 3, "dominance_share": 0.5}]
)
BREAKDOWNS = {
    "all": ("", [("all", 0, 99)]),
    "kjonn": ("kjonn", [("mann", 1, 1), ("kvinne", 2, 2)]),
    "inntekt": ("inntekt", [(f"i{i}", i, i) for i in range(1, 7)]),
    "inntekt_3": ("inntekt", [("lav", 1, 1), ("middels", 2, 3), ("hoy", 4, 6)]),
}
SCALE, YES = "prove_skala", "prove_ja"  # 1-5 and 6, do not know; 1 yes, 2 no
OTHER = "prove_motsatt"  # 1-5, of which nothing but a mean is ever shown
ANSWERS = {SCALE: ["1", "2", "3", "4", "5", "top2"], YES: ["1", "2"]}
CODES = {"top2": ["4", "5"]}
PICKED = "de_som_sa_ja"


def knowledge() -> Knowledge:
    """The seeds of the survey."""
    codes = [(question, str(code), "answer", float(code)) for question in (SCALE, OTHER) for code in range(1, 6)]
    codes += [(question, "6", "vet_ikke", np.nan) for question in (SCALE, OTHER)]
    codes += [(YES, "1", "answer", 1.0), (YES, "2", "answer", 0.0)]
    bases = [
        (q, p, s, a, False) for q in ANSWERS for p in ("alle", PICKED) for s, a in (("share", "each"), ("mean", ""))
    ]
    cells = [
        (b, low, high, c) for b, (source, categories) in BREAKDOWNS.items() if source for c, low, high in categories
    ]
    frame = pd.DataFrame
    return Knowledge(
        codes=frame(codes, columns=["question_id", "code", "kind", "value"]).assign(from_wave=-np.inf, to_wave=np.inf),
        groups=frame(
            [(SCALE, "top2", 4, 5, np.nan, np.nan)],
            columns=["question_id", "answer", "code_from", "code_to", "value_from", "value_to"],
        ),
        bases=frame(bases, columns=["question_id", "population", "statistic", "answer", "is_dont_know_in_base"]),
        categories=frame(cells, columns=["breakdown", "source_from", "source_to", "category"]).assign(survey=SURVEY),
        sources=frame(
            [(SURVEY, breakdown, source) for breakdown, (source, _) in BREAKDOWNS.items()],
            columns=["survey", "breakdown", "source_column"],
        ),
        populations=frame([("alle", SURVEY, ""), (PICKED, SURVEY, "")], columns=["population", "survey", "part"]),
        picked=frame([(PICKED, YES, 1, 1)], columns=["population", "question_id", "code_from", "code_to"]),
        items=frame(
            [("samlet", SCALE, False), ("samlet", OTHER, True)], columns=["composite", "question_id", "is_reversed"]
        ),
    )


def respondents(n: int, seed: int = 1, is_weighted: bool = False) -> pd.DataFrame:
    """n made-up respondents, an answer each to both questions; one in twenty gave none to the first."""
    random = np.random.default_rng(seed)
    skala = random.choice(["1", "2", "3", "4", "5", "6"], n, p=[0.06, 0.14, 0.3, 0.3, 0.15, 0.05]).astype(object)
    skala[random.uniform(size=n) < 0.05] = None
    return pd.DataFrame(
        {
            "kjonn": random.integers(1, 3, n),
            "inntekt": random.choice(range(1, 7), n, p=[0.05, 0.1, 0.25, 0.3, 0.2, 0.1]),
            SCALE: skala,
            YES: random.choice(["1", "2"], n, p=[0.4, 0.6]),
            "weight": random.uniform(0.5, 3, n) if is_weighted else 1.0,
        }
    )


def estimates(people: pd.DataFrame) -> pd.DataFrame:
    """survey_estimates of the respondents, without anything hidden."""
    asked = [("alle", SCALE), ("alle", YES), (PICKED, SCALE)]
    rows = [
        row
        for population, question in asked
        for breakdown, (source, categories) in BREAKDOWNS.items()
        for category, low, high in categories
        for row in _rows(_those(people, population, source, low, high), question, len(people))
        if row.update(population=population, question_id=question, breakdown=breakdown, category=category) is None
    ]
    frame = pd.DataFrame(rows).assign(survey=SURVEY, wave=WAVE, is_suppressed=False, suppression_reason=None)
    frame["suppression_reason"] = frame["suppression_reason"].astype(object)
    return frame.reindex(columns=[*KEY, "scale", *VALUES, "is_suppressed", "suppression_reason"])


def _those(people: pd.DataFrame, population: str, source: str, low: int, high: int) -> pd.DataFrame:
    people = people if population == "alle" else people[people[YES] == "1"]
    return people if not source else people[people[source].between(low, high)]


def _rows(people: pd.DataFrame, question: str, n_all: int) -> list[dict[str, object]]:
    """A mean of the scale, and the shares; no rows where nobody answered."""
    answered = people[people[question].notna() & (people[question] != "6")]
    n, weight = len(answered), answered["weight"].sum()
    if not n:
        return []
    counts = {
        "n_answers": n,
        "n_respondents": len(people),
        "n_dont_know": int((people[question] == "6").sum()),
        "n_no_answer": int(people[question].isna().sum()),
        "sum_weights": weight,
    }
    found: list[dict[str, object]] = []
    if question == SCALE:
        mean = (answered["weight"] * answered[question].astype(float)).sum() / weight
        found.append({**counts, "statistic": "mean", "answer": None, "scale": "1-5", "estimate": mean})
    for answer in ANSWERS[question]:
        chosen = answered[question].isin(CODES.get(answer, [answer]))
        share = (answered["weight"] * chosen).sum() / weight
        effect = n_all / (n_all - 1)
        row = {"statistic": "share", "answer": answer, "scale": "share", "estimate": share, "n_selected": chosen.sum()}
        row |= {"std_error": float(np.sqrt(effect * share * (1 - share) / n))}
        if 0 < share < 1:
            row |= {"design_effect": effect, "effective_n": n / effect}
        else:
            row |= {"ci_lower": share * 0.025 ** (1 / n), "ci_upper": 1 - (1 - share) * 0.025 ** (1 / n)}
        found.append(counts | row)
    return found


def composition(people: pd.DataFrame) -> pd.DataFrame:
    """survey_composition of the respondents."""
    rows = [
        ("alle", breakdown, category, len(_those(people, "alle", source, low, high)))
        for breakdown, (source, categories) in BREAKDOWNS.items()
        for category, low, high in categories
    ]
    frame = pd.DataFrame(rows, columns=["population", "breakdown", "category", "n_respondents"])
    frame = frame[frame["n_respondents"] > 0]
    return frame.assign(survey=SURVEY, wave=WAVE, share=frame["n_respondents"] / len(people))


def weights(people: pd.DataFrame) -> pd.DataFrame:
    """weight_audit of the respondents."""
    total = people["weight"].sum()
    ends = {"smallest_weight": people["weight"].min(), "largest_weight": people["weight"].max()}
    rows = [{"margin": "all", "category": "all", "n_respondents": len(people), "share_weighted": 1.0, **ends}]
    rows[0]["mean_weight"] = total / len(people)
    for breakdown, (source, categories) in list(BREAKDOWNS.items())[1:]:
        for category, low, high in categories:
            there = _those(people, "alle", source, low, high)
            share = there["weight"].sum() / total
            rows.append(
                {"margin": breakdown, "category": category, "n_respondents": len(there), "share_weighted": share}
            )
    return pd.DataFrame(rows).assign(survey=SURVEY, wave=WAVE)


def hidden(
    frame: pd.DataFrame, which: "pd.Series[bool]", reason: str = "primary", kept: tuple[str, ...] = ()
) -> pd.DataFrame:
    """The table with these rows hidden; the columns kept are shown all the same, as no release should."""
    found = frame.copy()
    for column in set(VALUES) - set(kept):
        found[column] = found[column].astype(float).mask(which)
    found["is_suppressed"] |= which
    found.loc[which, "suppression_reason"] = reason
    return found


def few(frame: pd.DataFrame, threshold: int = 5) -> "pd.Series[bool]":
    """The rows that the threshold itself hides."""
    parts = [frame["n_answers"], frame["n_selected"], frame["n_answers"] - frame["n_selected"]]
    return pd.concat([part.between(1, threshold - 1) for part in parts], axis=1).any(axis=1)


def where(frame: pd.DataFrame, **wanted: object) -> "pd.Series[bool]":
    """The rows whose columns have these values, or one of a list of them."""
    found = pd.Series(True, frame.index)
    for column, value in wanted.items():
        found &= frame[column].isin(value if isinstance(value, list) else [value])
    return found


def release(**tables: pd.DataFrame) -> duckdb.DuckDBPyConnection:
    """A database with the tables in schema marts."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for name, frame in tables.items():
        connection.register("frame", frame)
        connection.execute(f"create table marts.{name} as from frame")
        connection.unregister("frame")
    return connection
