"""dbt, started before it is needed: it reads the project, says so, and waits to be told what to do with it.
Started as a program by program.py, which takes no more of it than READY. Its arguments are dbt's for reading the
project; one line of its standard input, a list in JSON, is the arguments of what follows. Where none comes, it ends.

Not here: what is read and built.
"""

import json
import sys

READY = "dbt has read the project"


def main(arguments: list[str]) -> int:
    """Returns what dbt would have ended with."""
    from dbt.cli.main import dbtRunner, dbtRunnerResult

    def code(ended: dbtRunnerResult) -> int:
        if ended.exception is not None:
            print(ended.exception, flush=True)
            return 2
        return 0 if ended.success else 1

    read = dbtRunner().invoke(arguments)
    if not read.success:
        return code(read)
    print(READY, flush=True)
    told = sys.stdin.readline()
    return code(dbtRunner(manifest=read.result).invoke(json.loads(told))) if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
