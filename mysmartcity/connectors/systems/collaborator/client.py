"""Speaks Collaborator's Web API: login, create, read. Every call of the wire, nothing of our domain.

Every failure is a `CollaboratorError` with a class of what may be done next. A write is ambiguous whenever
the other side may have acted although no readable answer came.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from mysmartcity.lib import http
from mysmartcity.lib.text import one_line

ErrorClass = Literal["transient", "throttled", "auth", "permanent", "ambiguous"]

LOGIN: Final = "/webAPI/api/MobileToken/GetTokenForUser"
CREATE: Final = "/webAPI/api/Task/SaveNewTaskFeedback"
READ: Final = "/webapi/api/Objects/GetObject"

_LONGEST_WAIT = 3600.0
_APP: Final = {"deviceId": "MySmartCity", "appVersion": "1", "Accept": "application/json"}


class CollaboratorError(Exception):
    """A call failed. The sentence is for staff and holds neither password nor token."""

    def __init__(
        self,
        sentence: str,
        error_class: ErrorClass,
        *,
        retry_after: float | None = None,
        is_systemic: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.error_class: ErrorClass = error_class
        self.retry_after = retry_after
        self.is_systemic = is_systemic


@dataclass(frozen=True)
class CollaboratorClient:
    """One installation, for example https://consumercollab.collaboratoronline.com."""

    base_url: str
    allowed_hosts: Collection[str] = ()
    timeouts: http.Timeouts = http.DEFAULT_TIMEOUTS

    def login(self, user: str, password: str) -> str:
        """A token. Refused keys come as a text with 200."""
        try:
            token = self._post(LOGIN, {"username": user, "password": password})
        except CollaboratorError as error:
            if error.error_class == "permanent":
                raise CollaboratorError(error.sentence, "auth") from error
            error.is_systemic = error.error_class != "auth"
            raise
        if not isinstance(token, str) or not token or token.lower() == "auth failed":
            raise CollaboratorError("Collaborator refused our user name or password.", "auth")
        return token

    def create(
        self,
        token: str,
        *,
        template_id: int,
        workflow_id: int,
        fields: Mapping[str, str],
    ) -> str:
        """Make an object of the workflow; gives its number. Never sent twice by this call."""
        tree = {
            "TemplateId": template_id,
            "BPID": workflow_id,
            "PercentComplete": 100,
            "Comments": "",
            "FormFields": _listed(fields),
        }
        data = _data(self._post(CREATE, tree, token=token, writes=True), writes=True)
        number = data.get("ObjID")
        if not isinstance(number, int | str) or isinstance(number, bool) or number in ("", 0):
            raise CollaboratorError(
                "Collaborator answered a create without an object.", "ambiguous"
            )
        return str(number)

    def read(
        self, token: str, *, template_id: int, number: int, fields: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """An object by its number, or with number 0 those whose fields are equal to `fields`."""
        tree = {"template_id": template_id, "obj_id": number, "Fields": _listed(fields or {})}
        found = _data(self._post(READ, tree, token=token), writes=False).get("ObjectList")
        first = found[0] if isinstance(found, list) and found else []
        if not isinstance(found, list) or not isinstance(first, list):
            raise CollaboratorError("Collaborator answered without a list of objects.", "transient")
        return [one for one in first if isinstance(one, dict)]

    def _post(self, path: str, tree: Any, *, token: str = "", writes: bool = False) -> Any:
        try:
            reply = http.request(
                "POST",
                self.base_url.rstrip("/") + path,
                data=json.dumps(tree, ensure_ascii=False).encode(),
                headers={
                    **_APP,
                    "Content-Type": "application/json",
                    **({"Authorization": f"Bearer {token}"} if token else {}),
                },
                allowed_hosts=self.allowed_hosts,
                timeout=self.timeouts,
                max_bytes=2_000_000,
            )
        except http.HttpFailure as failure:
            raise _no_answer(failure, writes=writes) from failure
        return _tree_of(reply, writes=writes)


def _listed(fields: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    return [{"FieldID": name, "FieldValue": value} for name, value in fields.items()]


def _data(tree: Any, *, writes: bool) -> dict[str, Any]:
    """What is inside the envelope {Code, Message, Data}; any Code but 0 is a refusal."""
    unclear: ErrorClass = "ambiguous" if writes else "transient"
    if not isinstance(tree, dict) or not isinstance(tree.get("Code"), int):
        raise CollaboratorError("Collaborator's answer is not what was asked for.", unclear)
    if tree["Code"] != 0:
        said = one_line(str(tree.get("Message") or "")) or "no reason given"
        raise CollaboratorError(f"Collaborator refused it ({tree['Code']}): {said}", "permanent")
    data = tree.get("Data")
    return data if isinstance(data, dict) else {}


def _no_answer(failure: http.HttpFailure, *, writes: bool) -> CollaboratorError:
    if isinstance(failure, http.Forbidden):
        return CollaboratorError(str(failure), "permanent")
    if isinstance(failure, http.Unreachable):
        return CollaboratorError(str(failure), "transient", is_systemic=True)
    return CollaboratorError(str(failure), "ambiguous" if writes else "transient")


def _tree_of(reply: http.Reply, *, writes: bool) -> Any:
    if not 200 <= reply.status < 300:
        wait = _retry_after(reply)
        raise CollaboratorError(
            f"Collaborator answered {reply.status}.",
            _class_of_status(reply.status, writes=writes, wait=wait),
            retry_after=wait,
            is_systemic=reply.status in (502, 503),
        )
    try:
        return json.loads(reply.body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        said = "Collaborator's answer is no JSON."
        raise CollaboratorError(said, "ambiguous" if writes else "transient") from error


def _class_of_status(status: int, *, writes: bool, wait: float | None) -> ErrorClass:
    if status == 429 or (status == 503 and wait is not None):
        return "throttled"
    if status in (408, 503):
        return "transient"  # Both say that the request was not worked on.
    if status in (401, 403, 407):
        return "auth"
    if status == 409 and writes:
        return "ambiguous"
    if status >= 500 and status not in (501, 505):
        # An error page may come after the row was written; only reading may simply be repeated.
        return "ambiguous" if writes else "transient"
    return "permanent"


def _retry_after(reply: http.Reply) -> float | None:
    written = reply.headers.get("retry-after", "").strip()
    return min(float(written[:9]), _LONGEST_WAIT) if written.isdecimal() else None
