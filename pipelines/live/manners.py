"""Ask a public interface, with manners: within its quota, again only where that may help, and not for ever.

Not here: what is asked (questions), and what becomes of the answer (refresh).
"""

import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
import tenacity

from pipelines import __version__
from pipelines.ingest.resources import Source
from pipelines.ingest.signatures import BEGINNING, what_is
from pipelines.live.body import read_body
from pipelines.live.clock import Clock
from pipelines.live.errors import LostError, OfflineError, RefusedError
from pipelines.live.quota import Quota
from pipelines.live.windows import check_open

MOST_REDIRECTS = 3
SAID = 300  # characters of what an error says of itself
TOO_MANY, TIME_OUT, EMPTY_TRIES, PAGE_TRIES = 429, 408, 2, 2
ADVICE = {
    400: "correct the rows of it in seeds/sources; `sources describe` shows what the table has",
    403: "see whether the question is too large, or an address of yours is barred",
    404: "see whether the table is still there, under this id, and the interface at base_url (source.csv)",
    410: "look for what took its place, and change the row in seeds/sources",
}


@dataclass(frozen=True)
class Limits:
    """How long anyone waits: a try, between tries, and in all."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    call_seconds: float = 180.0
    tries: int = 8
    first_wait: float = 2.0
    most_wait: float = 90.0
    total_wait: float = 300.0


@dataclass(frozen=True)
class Question:
    """What is asked: a path below the base address with its query, and what is posted, if anything."""

    address: str
    posted: Mapping[str, Any] | None = None


@dataclass
class Caller:
    """Asks on behalf of one process; hosts are counted by name, whichever source they belong to."""

    bases: Mapping[str, str]
    most_bytes: int
    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)
    quotas: dict[str, Quota] = field(default_factory=dict)

    def address(self, source: Source, question: Question) -> str:
        """Where a question goes, as it may be shown: without what a base address may hold of a user."""
        base = urlsplit(self.bases.get(source.source, source.base_url))
        host = base.netloc.rpartition("@")[2]
        return f"{urlunsplit((base.scheme, host, base.path.rstrip('/'), '', ''))}/{question.address}"

    def ask(self, source: Source, question: Question) -> bytes:
        """The body of the answer. Raises ClosedError, RefusedError and LostError."""
        check_open(source, self.clock.now())
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LostError),
            wait=self._wait,
            stop=self._is_enough,
            sleep=self.clock.sleep,
            reraise=True,
        )
        body: bytes = again(self._ask_once, source, question)
        return body

    def _wait(self, state: tenacity.RetryCallState) -> float:
        ladder = self.limits.first_wait * 2.0 ** (state.attempt_number - 1)
        return max(_lost(state).wait, min(ladder, self.limits.most_wait))

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        """Whether to give up: after so many tries, or where the next wait would be too long."""
        tries = min(self.limits.tries, _lost(state).most_tries or self.limits.tries)
        is_long = state.upcoming_sleep > self.limits.most_wait
        return (
            state.attempt_number >= tries or is_long or state.idle_for + state.upcoming_sleep > self.limits.total_wait
        )

    def _ask_once(self, source: Source, question: Question) -> bytes:
        address = self.address(source, question)
        user, _, _ = urlsplit(self.bases.get(source.source, source.base_url)).netloc.rpartition("@")
        name, _, secret = user.partition(":")
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # which tells every address
        with httpx.Client(timeout=timeout, follow_redirects=False, auth=(name, secret) if user else None) as client:
            for _ in range(MOST_REDIRECTS + 1):
                answer = self._call(client, source, address, question.posted)
                if isinstance(answer, bytes):
                    return answer
                address = _redirected(address, answer)
        raise RefusedError("redirect", f"{source.source} leads from one address to another without end")

    def _call(
        self, client: httpx.Client, source: Source, address: str, posted: Mapping[str, Any] | None
    ) -> bytes | httpx.Response:
        host = urlsplit(address).netloc
        quota = self.quotas.setdefault(host, Quota(self.clock, source.max_calls, source.window_seconds))
        quota.wait()
        deadline = self.clock.seconds() + self.limits.call_seconds
        headers = {
            "accept": "application/json",
            "accept-encoding": "gzip",
            "user-agent": f"digital-tilstand/{__version__}",
        }
        request = client.build_request("GET" if posted is None else "POST", address, json=posted, headers=headers)
        try:
            answer = client.send(request, stream=True)
        except httpx.HTTPError as error:
            quota.heed({})
            raise _of_network(source, error) from error
        try:
            quota.heed(answer.headers)
            if answer.is_redirect:
                return answer
            most = min(self.most_bytes, source.max_body_mb * 1_000_000)
            return self._content(source, answer, read_body(answer, most, self.clock, deadline))
        except httpx.HTTPError as error:
            raise _of_network(source, error) from error
        finally:
            answer.close()

    def _content(self, source: Source, answer: httpx.Response, body: bytes) -> bytes:
        """The body of an answer that is one; else raises what its status stands for."""
        status, said = answer.status_code, _said(body)
        told = f"{source.source} answers {status}{f': {said}' if said else ''}"
        if status in (TOO_MANY, TIME_OUT) or status >= 500 or is_ticket(body):
            is_empty_500 = status == 500 and not body.strip()
            rule = "pending" if is_ticket(body) else "too_many" if status == TOO_MANY else "no_answer"
            wait = self._retry_after(answer.headers.get("retry-after", ""))
            raise LostError(rule, told, wait, EMPTY_TRIES if is_empty_500 else None)
        if not answer.is_success:
            raise RefusedError(f"status_{status}", told, ADVICE.get(status, "see what the publisher says of it"))
        if body.lstrip()[:1] not in (b"{", b"["):
            found = what_is(body[:BEGINNING]) or "no JSON"
            raise LostError(
                "not_json", f"{source.source} answers {status} with {found}, not JSON", most_tries=PAGE_TRIES
            )
        return body

    def _retry_after(self, said: str) -> float:
        """Seconds that the header asks for, as a number or a date; 0 where it says neither."""
        if said.strip().isascii() and said.strip().isdigit():
            return float(said)
        try:
            when = parsedate_to_datetime(said)
        except ValueError:
            return 0.0
        return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - self.clock.now()).total_seconds())


def _lost(state: tenacity.RetryCallState) -> LostError:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, LostError) else LostError("no_answer", "")


def _redirected(address: str, answer: httpx.Response) -> str:
    """Where an answer leads, within the same host and as safely."""
    there, here = urlsplit(urljoin(address, answer.headers["location"])), urlsplit(address)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        problem = f"{here.netloc} leads to another host, {there.scheme}://{there.netloc.rpartition('@')[2]}"
        raise RefusedError("redirect", problem, "if it has moved there, change base_url in seeds/sources/source.csv")
    return there.geturl()


def _of_network(source: Source, error: httpx.HTTPError) -> LostError | RefusedError:
    """What an error of the network stands for; its own text is not shown, since it may hold an address."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            problem = f"the certificate of {source.source} is not to be trusted ({cause.verify_message})"
            return RefusedError(
                "certificate", problem, "see whether the clock and the certificates of this machine are right"
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return OfflineError("unreachable", f"{source.source} cannot be reached ({type(error).__name__})", most_tries=2)
    if isinstance(error, httpx.TimeoutException):
        return LostError("time_out", f"{source.source} does not answer in time", most_tries=3)
    return LostError("cut_off", f"the answer of {source.source} was cut off ({type(error).__name__})", most_tries=4)


def is_ticket(body: bytes) -> bool:
    """Whether an answer says that it is being made, and is not there yet."""
    return len(body) < 10_000 and (b"ASYNCHRONOUS_RESPONSE" in body or b'"queued"' in body)


def _said(body: bytes) -> str:
    """What an error says of itself, in the forms that publishers have for it; '' where that is nothing to read."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return what_is(body[:BEGINNING]) or ""
    if not isinstance(told, dict):
        return ""
    listed = told.get("error")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        told = listed[0]
    parts = [told.get(key) for key in ("title", "detail", "label", "message", "error")]
    return "; ".join(dict.fromkeys(part for part in parts if isinstance(part, str)))[:SAID]
