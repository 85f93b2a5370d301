"""Rotate the key of pseudonyms: what was stored under the key before is removed, and loaded anew under another.

Not here: making pseudonyms, and the loading itself, which the next run does (ingest).
"""

from pipelines.common.settings import PSEUDONYM_KEY, Settings
from pipelines.common.warehouse import open_build
from pipelines.ingest import forgotten
from pipelines.ingest.codebook import fingerprint
from pipelines.ingest.discovery import discover
from pipelines.ingest.forgotten import Rebuilt
from pipelines.ingest.pseudonyms import KEY_FILE, MAKE_KEY, Pseudonyms
from pipelines.ingest.raw_tables import LoadRecord, are_shards, loads_in_use
from pipelines.privacy.removal import MOST_ROWS, Account, ForgetError, hashes, holding, prove, put_in_place
from pipelines.privacy.scan import Sought

Wave = tuple[str, int]


def rotate_key(settings: Settings) -> Account:
    """Remove all pseudonyms under keys before the one that is set, and the key that a run made for synthetic data.

    Raises ForgetError before anything is changed: where rows would be lost, since landing/ does not have the file that
    they came from, or where the key that is set is the one that they are stored under; and BuildDatabaseBusyError.
    """
    with holding(settings) as told:
        file = settings.work / KEY_FILE
        made = file.read_text(encoding="ascii") if file.exists() else ""
        with open_build(settings.build_db, read_only=True) as con:
            linked = {
                wave: records
                for wave, records in loads_in_use(con).items()
                if forgotten.has_linked_ids(*wave) and not are_shards(records)
            }
            old = {wave: records for wave, records in linked.items() if not _is_under(settings.pseudonym_key, records)}
            if linked and not old and not made:
                raise ForgetError(
                    f"what is stored is under the key that {PSEUDONYM_KEY} holds; set another ({MAKE_KEY} makes one), "
                    "and rotate then"
                )
            if not linked and not made:
                raise ForgetError("there is no key of an earlier run, and no pseudonym under one: nothing to rotate")
            _check_delivered(settings, old)
            held = [forgotten.held(con, *wave) for wave in old]
            where = forgotten.any_of(held)
            # With all waves at once: whoever is in several has one pseudonym.
            texts = {text for wave in old for text in forgotten.texts_of(con, *wave, where, MOST_ROWS)}
        rebuilt = Rebuilt(settings)
        rebuilt.fill(where, list(old))
        account = Account("the key of pseudonyms", notes=told)
        if made:
            file.unlink()
            account.done.append(f"{file.relative_to(settings.data_dir)} removed; a run that needs one makes it")
        put_in_place(settings, rebuilt, account, sum(of_wave.n_rows for of_wave in held))
        prove(settings, account, Sought(texts | {made}))
    names = ", ".join(f"{survey} {wave}" for survey, wave in sorted(old)) or "no wave"
    account.notes.append(f"The next run loads {names} anew, under a new key. Estimates stay the same.")
    return account


def _is_under(key: str | None, records: list[LoadRecord]) -> bool:
    """Whether a wave was loaded under the key that is set."""
    if not key:
        return False
    read_by = {Pseudonyms(key.encode()).fingerprint(fingerprint(r.survey, r.wave)) for r in records}
    return read_by == {record.codebook_fingerprint for record in records}


def _check_delivered(settings: Settings, old: dict[Wave, list[LoadRecord]]) -> None:
    """What landing/ does not have as it was loaded cannot be loaded anew, and its rows would be lost."""
    places = discover(settings.landing) if settings.landing.is_dir() else []
    delivered = {place.key: set(hashes(settings, place.files).values()) for place in places}
    for wave, records in old.items():
        if not {record.sha256 for record in records} <= delivered.get(wave, set()):
            named = f"{wave[0]} {wave[1]}"
            raise ForgetError(
                f"{named} cannot be loaded anew: {', '.join(r.file_name for r in records)} is not in landing/ as it "
                f"was loaded. Put it back, or run first, or forget {named}"
            )
        if not settings.pseudonym_key and not all(record.is_synthetic for record in records):
            raise ForgetError(f"{PSEUDONYM_KEY} is not set, and without it no real wave is loaded; set the new key")
