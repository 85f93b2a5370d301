"""What must hold after a fault, and after the run that follows it: nothing is lost, and nobody has to help.

Not here: the faults.
"""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from pipelines.common.in_force import InForceError, current_release
from pipelines.common.leftovers import MARK
from pipelines.common.settings import Settings
from pipelines.publish.manifest import DIGEST, BrokenReleaseError, read_manifest, verify
from pipelines.publish.releases import listed, problems_in_force, problems_of_rows, strays
from tests.chaos import whole
from tests.chaos.ground import AFTER, BEFORE, Ground
from tests.chaos.phases import ingest, publish, raw_rows
from tests.chaos.started import forked
from tests.line import Run

TRACEBACK = "Traceback (most recent call last)"
# Digests of the manifests of releases whose rows were found in order. Their manifest has the hash of every file: where
# these are right, the rows are what they were. It saves half of what a trial takes.
IN_ORDER: set[str] = set()


def in_force(ground: Ground) -> list[str]:
    """What is wrong with what is in force now: it must be one of the two releases, and every release whole."""
    return _judged(ground, (BEFORE, AFTER))


def of_deliveries_in_force(ground: Ground, may_be: Collection[str] = (BEFORE, AFTER)) -> list[str]:
    """The same where each delivery in it may be any of these, and the log tells of others before."""
    return _judged(ground, None) or whole.not_whole(ground, may_be)


def after_next_run(
    ground: Ground, expected: str = AFTER, if_set_aside: str | None = None, are_all_whole: bool = True
) -> list[str]:
    """Start the next run as anybody would; what is wrong after it. It must publish what lies in landing/.

    Where the run set the build database aside, `if_set_aside` is expected in place of `expected`. A release that was
    damaged and is not in force any more stays as it is.
    """
    run = ground.line.run()
    if if_set_aside and any(ground.line.settings.work.glob("build.set-aside-*")):
        expected = if_set_aside
    return _with_words(
        run, [*ended_well(run, "the next run"), *_judged(ground, (expected,), are_all_whole), *_left(ground)]
    )


def after_next_run_of_deliveries(ground: Ground, which: str) -> list[str]:
    """The same where the log tells of other files before."""
    run = ground.line.run()
    return _with_words(
        run, [*ended_well(run, "the next run"), *of_deliveries_in_force(ground, (which,)), *_left(ground)]
    )


def _with_words(run: Run, wrong: list[str]) -> list[str]:
    """What is wrong after a run, and how that began: it says first of all that it cannot use a build database."""
    return [*wrong, f"the next run said: {run.out[:1500]}"] if wrong else []


def after_next_ingest(ground: Ground) -> list[str]:
    """Load landing/ once more; raw must hold what it holds where nothing went wrong."""
    settings = ground.line.settings
    found = _phase(ground, "ingest", lambda: ingest(settings))
    holds = forked(lambda: raw_rows(settings), ground.said).value
    if holds != ground.known["raw"]:
        other = [name for name, rows in ground.known["raw"].items() if not holds or holds.get(name) != rows]
        found.append(f"raw holds other rows than where nothing went wrong: {', '.join(other)}")
    return found + in_force(ground)


def after_next_publish(ground: Ground, expected: str = AFTER, are_all_whole: bool = True) -> list[str]:
    """Publish what is built once more."""
    found = _phase(ground, "publish", lambda: publish(ground.line.settings))
    return [*found, *_judged(ground, (expected,), are_all_whole), *_left(ground)]


def ended_well(run: Run, which: str) -> list[str]:
    return [f"{which} ended with {run.code}: {(run.out + run.err)[-3000:]}"] if run.code else []


def failed_in_words(run: Run, told: str = "") -> list[str]:
    """A run that fails of a fault says so as it says everything, and `told` with it."""
    said = run.out + run.err
    found = [] if run.code == 1 else [f"the run ended with {run.code}"]
    found += [f"a traceback: {said[-3000:]}"] if TRACEBACK in said else []
    return found if told in said else [*found, f"it does not say that {told}: {said[-3000:]}"]


def _phase(ground: Ground, name: str, work: Callable[[], bool]) -> list[str]:
    ground.said.unlink(missing_ok=True)
    ended = forked(work, ground.said)
    if ended.value is True:
        return []
    said = ground.said.read_text(encoding="utf-8", errors="replace")[-3000:]
    return [f"the next {name} ended with {ended.code}, {ended.value}: {said}"]


def _judged(ground: Ground, may_be: Collection[str] | None, are_all_whole: bool = True) -> list[str]:
    known = may_be and {ground.known[name] for name in may_be}
    ended = forked(lambda: faults(ground.line.settings, known, are_all_whole), ground.said)
    if ended.code:
        return [f"what is in force could not be looked at ({ended.code})"]
    found, in_order = ended.value
    IN_ORDER.update(in_order)
    return found


def faults(settings: Settings, known: Collection[str] | None, are_all_whole: bool) -> tuple[list[str], list[str]]:
    """What `releases verify` finds, with --all where `are_all_whole`; and a release in force that is none of those
    known by their fingerprint, where any are. And the digests of those whose rows are in order."""
    try:
        release = current_release(settings)
        if release is None:
            return ["no release is in force"], []
        fingerprint = read_manifest(release)["fingerprint"]
        releases = [one.path for one in listed(settings)] if are_all_whole else [release]
    except (InForceError, OSError, ValueError, LookupError) as error:
        return [str(error)], []
    found = (
        []
        if known is None or fingerprint in known
        else [f"{release.name} is in force, which is none of those expected"]
    )
    in_order = []
    for one in releases:
        try:
            manifest = verify(one)
        except BrokenReleaseError as error:
            found.append(str(error))
            continue
        wrong = problems_of_rows(one, manifest) if manifest[DIGEST] not in IN_ORDER else []
        in_order += [] if wrong else [manifest[DIGEST]]
        found += [*strays(one, manifest), *wrong]
    return [*found, *problems_in_force(settings)], in_order


def _left(ground: Ground) -> list[str]:
    """What lies about after a run that nobody will remove."""
    data, published = ground.line.data_dir, ground.line.settings.published
    places: Iterable[Path] = (data, published, published / "releases")
    left = [path for place in places for path in place.iterdir() if path.name.startswith(MARK)]
    return [f"{path} was left behind" for path in left]
