"""What may become of a call: refused for good, lost for now, or not to be made at this time of day.

Not here: when which of them is raised (manners, body, windows).
"""


class SourceError(Exception):
    """A call brought nothing: `rule`, what happened, and what to do. The message holds no secret of an address."""

    def __init__(self, rule: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}{f' -> {remedy}' if remedy else ''}")
        self.rule, self.problem, self.remedy = rule, problem, remedy


class RefusedError(SourceError):
    """To ask again would bring the same: a wrong question, a table that is gone, an answer that is none."""


class LostError(SourceError):
    """The source does not answer as it should, now: it may later."""

    def __init__(self, rule: str, problem: str, wait: float = 0.0, most_tries: int | None = None) -> None:
        super().__init__(rule, problem, "nothing has to be done; the next refresh asks again")
        self.wait, self.most_tries = wait, most_tries


class OfflineError(LostError):
    """Nobody could be reached at all: no network, rather than no source."""


class ClosedError(SourceError):
    """The publisher is at work on its tables at this time of day."""
