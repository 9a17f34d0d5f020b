"""What every Open311 view shares: methods, format, jurisdiction, errors in the format asked for.

A view gets an `Ask` and returns bytes; `opens` makes a Django view of it. Reading is open to every
web page (CORS `*` on GET); posting from a stranger's page is not.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from mysmartcity.api.open311 import catalogue, render
from mysmartcity.api.open311.catalogue import Catalogue
from mysmartcity.api.open311.parse import Arguments
from mysmartcity.api.open311.problems import Problem, absent, bad
from mysmartcity.issues.models import Jurisdiction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ask:
    """One request, read: its format (`xml` or `json`) and its arguments."""

    request: HttpRequest
    suffix: str
    arguments: Arguments
    catalogue: Catalogue

    @property
    def jurisdiction(self) -> Jurisdiction:
        """The jurisdiction that is meant. Raises Problem 404 (unknown) or 400 (not said)."""
        known = self.catalogue.jurisdictions
        slug = self.arguments.text("jurisdiction_id")
        if slug:
            if slug not in known:
                raise absent(f"jurisdiction_id: “{slug:.60}” is not served here.")
            return known[slug]
        if len(known) != 1:
            choice = ", ".join(known)
            raise bad(f"jurisdiction_id: needed here, where several are served: {choice}.")
        return next(iter(known.values()))


Answer = bytes | tuple[int, bytes]
View = Callable[..., Answer]


def opens(**views: View) -> Callable[..., HttpResponse]:
    """A Django view that hands each method (`get=`, `post=`) to its own function.

    The URL gives `suffix`; anything but xml and json is a 404. HEAD is GET without its body.
    """
    allowed = [method.upper() for method in views]
    if "get" in views:
        allowed = ["GET", "HEAD", *(method for method in allowed if method != "GET")]

    @csrf_exempt
    @wraps(next(iter(views.values())))
    def view(request: HttpRequest, suffix: str, **named: str) -> HttpResponse:
        method = "get" if request.method == "HEAD" else (request.method or "").lower()
        suffix = suffix.lower()
        if method == "options":
            response = HttpResponse(status=204, headers={"Allow": ", ".join([*allowed, "OPTIONS"])})
        elif suffix not in render.CONTENT_TYPES:
            response = failed("xml", absent("The address must end with .xml or .json."))
        elif method not in views:
            response = failed(suffix, Problem(405, [f"{request.method:.10} is not possible here."]))
            response["Allow"] = ", ".join([*allowed, "OPTIONS"])
        else:
            response = _answer(views[method], request, suffix, named)
        if method == "get":
            response["Access-Control-Allow-Origin"] = "*"
        return response

    return view


def _answer(view: View, request: HttpRequest, suffix: str, named: dict[str, str]) -> HttpResponse:
    try:
        arguments = _arguments(request)
        answer = view(Ask(request, suffix, arguments, catalogue.current()), **named)
    except Problem as problem:
        return failed(suffix, problem)
    except (OperationalError, InterfaceError):
        logger.exception("the database is away")
        sentence = "Our records can't be reached just now. Send it again with the same key."
        return failed(suffix, Problem(503, [sentence], retry_after=10))
    status, body = (200, answer) if isinstance(answer, bytes) else answer
    return HttpResponse(body, status=status, content_type=render.CONTENT_TYPES[suffix])


def _arguments(request: HttpRequest) -> Arguments:
    """The arguments of body and address. Raises Problem 400 for a body that can't be read."""
    if request.method != "POST":
        return Arguments(request.GET)
    try:
        return Arguments(request.POST, request.GET)
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnicodeError) as error:
        raise bad("The body can't be read: it is too large, or not a form in UTF-8.") from error


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Any other address below /open311: a 404 that a machine can read."""
    del request
    sentence = "There is nothing at this address; see /open311/v2/discovery.xml."
    response = failed("xml", absent(sentence))
    response["Access-Control-Allow-Origin"] = "*"
    return response


def failed(suffix: str, problem: Problem) -> HttpResponse:
    """A refusal in the format asked for."""
    body = render.list_of(suffix, "errors", "error", problem.as_errors())
    response = HttpResponse(body, status=problem.status, content_type=render.CONTENT_TYPES[suffix])
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response
