"""dbt, started before it is needed: it reads the project, says so, and waits to be told what to do with it.
Started as a program by program.py, which takes no more of it than READY. Its arguments are dbt's for reading the
project; one line of its standard input, a list in JSON, is the arguments of what follows. Where none comes, it ends.

Not here: what is read and built.
"""

import atexit
import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt.cli.main import EventMsg

READY = "dbt has read the project"
# What dbt itself would say, it puts into words down to the last debugging line, and then says one in ten: say() does.
# It would write the manifest again as well; of what it writes, the results alone are asked for.
SAYS_NOTHING, WRITES_NOTHING = ("--log-level", "none"), ("--no-write-json",)
RESULTS = "run_results.json"
# dbt makes objects by the hundred thousand and keeps them: to look for garbage at each 700 of them takes seconds.
OBJECTS_BETWEEN_LOOKS = 50_000


def main(arguments: list[str]) -> int:
    """Returns what dbt would have ended with."""
    from dbt.cli.main import dbtRunner, dbtRunnerResult

    def code(ended: dbtRunnerResult) -> int:
        if ended.exception is not None:
            print(ended.exception, flush=True)
            return 2
        return 0 if ended.success else 1

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    atexit.register(gc.freeze)  # nor does it look through all of them before it ends
    read = dbtRunner().invoke(arguments)
    if not read.success:
        return code(read)
    print(READY, flush=True)
    told = sys.stdin.readline()
    if not told:
        return 0
    ended = dbtRunner(manifest=read.result, callbacks=[say]).invoke([*SAYS_NOTHING, *json.loads(told), *WRITES_NOTHING])
    if ended.result is not None:
        ended.result.write(str(Path(os.environ["DBT_TARGET_PATH"]) / RESULTS))
    return code(ended)


def say(message: "EventMsg") -> None:
    """Say what dbt has to tell a user, as it would with `--log-format json`: one line of JSON for each."""
    if message.info.level != "debug":
        from dbt.tracking import msg_to_dict

        # In one piece: models are built at the same time.
        sys.stdout.write(json.dumps(msg_to_dict(message), sort_keys=True) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
