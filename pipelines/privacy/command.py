"""The commands of this package, `forget` and `rotate-key`: their arguments, and what they print.

Not here: what they do (wave, respondent, keys).
"""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipelines.common.settings import Settings
from pipelines.common.terminal import INDENT

if TYPE_CHECKING:
    from pipelines.privacy.removal import Account


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tell the parser of the command line what may be asked for."""
    gone = commands.add_parser("forget", help="remove a wave's microdata, or one respondent; releases are kept")
    gone.add_argument("survey", metavar="SURVEY", help="a survey of the codebook")
    gone.add_argument("wave", metavar="WAVE", type=int, help="and which wave (year)")
    gone.add_argument("--respondent", metavar="ID", help="only this one, by the id in the delivered file")
    gone.add_argument("--part", metavar="P", help="of which table of the delivery, where ids of several are alike")
    commands.add_parser("rotate-key", help="remove pseudonyms under earlier keys; the next run makes new ones")


def forget(settings: Settings, chosen: argparse.Namespace) -> int:
    """Forget, and say what was done; the exit code is 0 only where nothing of it is left."""
    from pipelines.privacy.respondent import forget_respondent
    from pipelines.privacy.wave import forget_wave

    def carry_out() -> "Account":
        if chosen.respondent is None:
            return forget_wave(settings, chosen.survey, chosen.wave)
        return forget_respondent(settings, chosen.survey, chosen.wave, chosen.respondent, chosen.part)

    return _told("Forgotten", carry_out)


def rotate_key(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Remove what is stored under earlier keys, and say so; the exit code is 0 only where nothing of it is left."""
    from pipelines.privacy import keys

    return _told("Rotated", lambda: keys.rotate_key(settings))


def _told(verb: str, carry_out: "Callable[[], Account]") -> int:
    from pipelines.common.warehouse import BuildDatabaseBusyError
    from pipelines.privacy.removal import ForgetError

    try:
        account = carry_out()
    except (ForgetError, BuildDatabaseBusyError) as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return 1
    print(f"{verb}: {account.what}")
    for line in account.done:
        print(f"{INDENT}{line}")
    print(f"Searched every byte of the data directory for {account.n_sought} ids, pseudonyms, rows and files: ", end="")
    print(f"found in {len(account.left)} places" if account.left else "none is left")
    if account.n_left_out:
        print(f"{account.n_left_out} ids are too short to be told from other numbers, and were not searched for")
    for note in account.notes:
        print(note)
    if account.left:
        print("Remove what is left, and do it again:", file=sys.stderr)
    for trace in account.left:
        print(f"{INDENT}{trace}", file=sys.stderr)
    return int(bool(account.left))


COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {"forget": forget, "rotate-key": rotate_key}
