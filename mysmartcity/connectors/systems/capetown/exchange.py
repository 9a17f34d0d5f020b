"""One exchange with the city's API, and the one table of what a failure means.

Knows HTTP, JSON and errors; not which calls there are (`client.py`), nor how one signs in
(`session.py`).
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

from mysmartcity.connectors.systems.capetown.shapes import CityError, Meaning
from mysmartcity.lib import clock, http
from mysmartcity.lib.text import one_line

STARTING_ERRORS: Final[tuple[tuple[str, Meaning], ...]] = (
    (
        r"\bsession\b.*\b(expired|invalid|over|ended|timed out|unknown|not valid|not found)\b",
        "session",
    ),
    (r"\b(expired|invalid|unknown|no) (session|cookie|ticket)\b", "session"),
    (r"\bMYSAPSSO2\b", "session"),
    (r"\bsignature\b", "auth"),
    (r"\b(not authori[sz]ed|unauthori[sz]ed|forbidden|access denied|not permitted)\b", "auth"),
    (r"\b(service request|reference|sr)\b.*\b(not found|unknown|does not exist)\b", "absent"),
    (
        r"\b(type|subtype|message|address|latitude|longitude|email|telephone|comm|suburb|street"
        r"|street_number|firstName|lastName)\b.*\b(required|missing|mandatory|invalid|not valid"
        r"|unknown|not allowed|must|too long|outside)\b",
        "permanent",
    ),
)
"""What the words of an error mean. The city's contract names none (every error is a 500 with a code and a
message), so these are careful readings; the setting `errors` stands before them. The first that fits
`STATUS CODE MESSAGE` counts. What fits none may have been acted on."""

Errors = Sequence[tuple[re.Pattern[str], Meaning]]

_MEANS_BY_STATUS: Final[Mapping[int, Meaning]] = {
    401: "session",
    403: "session",
    404: "transient",  # SAP answers so while a service is switched off.
    408: "transient",
    429: "throttled",
    503: "transient",  # It says that the request was not worked on.
}
_AWAY: Final = frozenset({404, 502, 503, 504})
_LONGEST_WAIT = 3600.0
_MAX_BYTES = 4_000_000


@dataclass(frozen=True)
class Wire:
    """How to reach the API. `secrets` never stand in a sentence, even where the city repeats them."""

    endpoint: str
    allowed_hosts: Collection[str]
    timeouts: http.Timeouts
    errors: Errors
    secrets: Collection[str] = field(default=(), repr=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> http.Reply:
        """One request; the reply when its status is fine. Raises CityError.

        Only a POST can be ambiguous: reading may simply be repeated.
        """
        writes = method == "POST"
        try:
            reply = http.request(
                method,
                f"{self.endpoint.rstrip('/')}/{path}",
                headers={"Accept": "application/json", **headers},
                params=params,
                data=body,
                allowed_hosts=self.allowed_hosts,
                timeout=self.timeouts,
                max_bytes=_MAX_BYTES,
            )
        except http.HttpFailure as failure:
            raise self._no_answer(failure, writes=writes) from failure
        if not 200 <= reply.status < 300:
            raise self._refusal(reply, writes=writes)
        return reply

    def tree(self, reply: http.Reply, *, writes: bool = False) -> Any:
        """The JSON of a reply. Raises CityError for anything else, and for an error under a 200."""
        try:
            found = json.loads(_text(reply.body))
        except (ValueError, RecursionError) as error:
            said = f"The city's answer is not JSON: {self._glimpse(reply.body)}"
            raise self._unclear(said, writes=writes) from error
        if (
            isinstance(found, dict)
            and {"code", "message"} <= set(found)
            and not ({"reference_number", "status"} & set(found))
        ):
            raise self._refusal(reply, writes=writes)
        return found

    def unfit(self, reply: http.Reply, *, writes: bool = False) -> CityError:
        """The error for a readable answer that is not what was asked for."""
        said = f"The city's answer is not what was asked for: {self._glimpse(reply.body)}"
        return self._unclear(said, writes=writes)

    # --- What a failure means ---------------------------------------------------------------------

    def _unclear(self, said: str, *, writes: bool) -> CityError:
        return CityError(said, means="ambiguous" if writes else "transient", ends_session=True)

    def _no_answer(self, failure: http.HttpFailure, *, writes: bool) -> CityError:
        if isinstance(failure, http.Forbidden):
            # Every message would meet the same rule of ours: it is the connection that is wrong.
            return CityError(str(failure), means="auth")
        if isinstance(failure, http.Unreachable):
            return CityError(str(failure), means="transient", is_systemic=True)
        is_slow = not isinstance(failure, http.TooLarge)
        return CityError(
            str(failure), means="ambiguous" if writes else "transient", is_systemic=is_slow
        )

    def _refusal(self, reply: http.Reply, *, writes: bool) -> CityError:
        code, said = _complaint(reply.body)
        words = self._clean(f"{reply.status} {code} {said}")
        means = self._means(reply.status, words, writes=writes)
        return CityError(
            self._clean(f"The city answered {reply.status}: {code} {said or 'no reason given'}"),
            means=means,
            is_systemic=reply.status in _AWAY and means in ("transient", "ambiguous"),
            ends_session=300 <= reply.status < 400,
            is_denied=reply.status in (401, 403),
            retry_after=_retry_after(reply),
        )

    def _means(self, status: int, words: str, *, writes: bool) -> Meaning:
        for pattern, means in self.errors:
            if pattern.search(words):
                return "ambiguous" if means == "absent" and writes else means
        if status in _MEANS_BY_STATUS:
            return _MEANS_BY_STATUS[status]
        if 400 <= status < 500 and status != 409:
            return "permanent"
        # 500 is all that this city knows, 502 and 504 come from a machine in between, 3xx leads to
        # a portal: after each of them the request may stand there.
        return "ambiguous" if writes else "transient"

    def _glimpse(self, body: bytes) -> str:
        return self._clean(_text(body)[:400])[:120]

    def _clean(self, words: str) -> str:
        for secret in self.secrets:
            if secret:
                words = words.replace(secret, "…")
        return one_line(words)[:400].strip()


def readings(settings: Any) -> Errors:
    """The table of errors: the connection's own lines first. Raises ValueError for a bad one."""
    known = set(Meaning.__args__)  # type: ignore[attr-defined]
    found: list[tuple[re.Pattern[str], Meaning]] = []
    for line in [*(settings or ()), *STARTING_ERRORS]:
        if not isinstance(line, list | tuple) or len(line) != 2 or line[1] not in known:
            raise ValueError(f"{line!r} is not [pattern, class].")
        try:
            found.append((re.compile(str(line[0]), re.IGNORECASE), line[1]))
        except re.error as error:
            raise ValueError(f"{line[0]!r} is not a pattern: {error}.") from error
    return found


def _text(body: bytes) -> str:
    """The city says UTF-8 and does not always mean it."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _complaint(body: bytes) -> tuple[str, str]:
    """(code, message) of an error; of a web page its first words as the message."""
    text = _text(body[:4000])
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        plain = re.sub(r"<[^>]*>", " ", text)
        return "", re.sub(r"\s+", " ", plain).strip()[:200]
    if not isinstance(tree, dict):
        return "", one_line(text)[:200]
    return str(tree.get("code") or ""), str(tree.get("message") or "")[:300]


def _retry_after(reply: http.Reply) -> float | None:
    """Seconds to wait, from a number or a date; at most an hour. None where nothing is said."""
    written = reply.headers.get("retry-after", "").strip()
    if not written:
        return None
    if written.isdigit():
        return min(float(written[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    aware = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(max((aware - clock.now()).total_seconds(), 0.0), _LONGEST_WAIT)
