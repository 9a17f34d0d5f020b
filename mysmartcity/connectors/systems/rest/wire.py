"""The parts of a definition that say how requests look, who we are, and what an answer's class is."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=20_000)]
"""A template over our values."""

Path = Annotated[str, Meta(max_length=2_000)]
"""JMESPath over an answer; empty where there is no such thing."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
FailureClass = Literal["transient", "throttled", "auth", "permanent", "ambiguous", "gone"]
"""As in dispatch.status.ErrorClass; `gone`: there is no such thing there."""
StatusName = int | Literal["2xx", "3xx", "4xx", "5xx"]


class Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A word that the form does not know is refused."""


class PhotoFile(Strict):
    """A photo as a part of a multipart body (JPEG)."""

    photo: Annotated[int, Meta(description="Which one, from 0.", ge=0, le=9)] = 0
    name: Annotated[Text, Meta(description="The file's name.")] = "{{ reference }}.jpg"


class Request(Strict):
    """One request. At most one of json, form, xml and text; files go with a form."""

    path: Annotated[
        Text, Meta(description="Added to base_url; each value in it is quoted.", pattern="^/")
    ]
    method: Method = "GET"
    query: Annotated[
        dict[str, Text], Meta(description="Arguments; one that renders empty is left out.")
    ] = {}
    headers: dict[str, Text] = {}
    json: Annotated[
        Any,
        Meta(
            description="A tree whose texts are templates. Also: {$each: answers|photos, do: tree} (the "
            "entry is `each`), {$if: text, then: tree, else: tree}, {$number: text}, {$integer: text}, "
            "{$boolean: text}, {$some: text} (left out when empty), {$photo: each|0} (the JPEG as base64)."
        ),
    ] = None
    form: Annotated[
        dict[str, Text] | None, Meta(description="A form; a field that renders empty is left out.")
    ] = None
    xml: Annotated[Text, Meta(description="An XML body; values in it are escaped.")] = ""
    text: Annotated[Text, Meta(description="A body of plain text.")] = ""
    content_type: Annotated[str, Meta(description="Instead of the usual one.", max_length=100)] = ""
    files: Annotated[dict[str, PhotoFile], Meta(description="Multipart parts by field.")] = {}


# --- What an answer means -------------------------------------------------------------------------


class Rule(Strict):
    """Answers that fit mean a failure of this class. All given conditions must fit."""

    means: FailureClass
    status: Annotated[
        tuple[StatusName, ...], Meta(description="404, or a family such as 5xx; empty: any.")
    ] = ()
    when: Annotated[Path, Meta(description="JMESPath over the answer that must be true.")] = ""
    is_systemic: Annotated[
        bool, Meta(description="The system is away; it does not mind this one message.")
    ] = False
    retry_after: Annotated[Path, Meta(description="Where the seconds to wait stand.")] = ""


class Outcome(Strict):
    """Which answers are failures. What no rule names keeps the usual meaning of its HTTP status."""

    rules: Annotated[tuple[Rule, ...], Meta(description="The first that fits counts.")] = ()
    accepted: Annotated[
        Path,
        Meta(description="JMESPath that is true in every answer that says yes; empty: any 2xx."),
    ] = ""
    error: Annotated[Path, Meta(description="Where the reason for a refusal stands.")] = ""


# --- Who we are -----------------------------------------------------------------------------------


class NoAuth(Strict, tag_field="type", tag="none"):
    """Everybody may ask."""


class Basic(Strict, tag_field="type", tag="basic"):
    """A user name and a password, both secrets by name."""

    user: str = "user"
    password: str = "password"  # noqa: S105 - the name of a secret


class HeaderKey(Strict, tag_field="type", tag="header"):
    """A key in a header."""

    name: Annotated[str, Meta(description="The header.", min_length=1)]
    value: Annotated[Text, Meta(description="Knows secret.NAME.")] = "{{ secret.key }}"


class Bearer(Strict, tag_field="type", tag="bearer"):
    """A lasting token."""

    secret: str = "key"  # noqa: S105 - the name of a secret


class OAuth2(Strict, tag_field="type", tag="oauth2"):
    """OAuth 2 client credentials; the token is kept until shortly before it ends."""

    token_url: Annotated[str, Meta(description="The whole address; may be another host.")]
    client_id: str = "client_id"
    client_secret: str = "client_secret"  # noqa: S105 - the name of a secret
    scope: str = ""
    extra: Annotated[dict[str, str], Meta(description="Further fields of the form.")] = {}
    client_in: Literal["header", "form"] = "header"


class Keep(Strict):
    """Something of a login's answer that is kept as session.NAME."""

    name: Annotated[str, Meta(pattern="^[a-z_][a-z0-9_]*$", max_length=40)]
    cookie: Annotated[str, Meta(description="The value of this cookie.")] = ""
    cookies: Annotated[bool, Meta(description="All cookies, as the header Cookie wants them.")] = (
        False
    )
    header: Annotated[str, Meta(description="The value of this header.")] = ""
    body: Annotated[Path, Meta(description="JMESPath over the answer.")] = ""


class Step(Strict):
    """One request of a login; its templates know secret.NAME and what was kept before."""

    request: Request
    keep: Annotated[tuple[Keep, ...], Meta(min_length=1)]
    refused: Annotated[Path, Meta(description="JMESPath that is true when our key is refused.")] = (
        ""
    )


class Login(Strict, tag_field="type", tag="login"):
    """Some requests that open a session; what they gave goes along as headers."""

    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=3)]
    carry: Annotated[
        dict[str, Text], Meta(description="Headers; they know session.NAME and secret.NAME.")
    ]
    minutes: Annotated[float, Meta(description="So long a session is used.", gt=0, le=1440)] = 20


Auth = NoAuth | Basic | HeaderKey | Bearer | OAuth2 | Login


class Sign(Strict):
    """HMAC over a request, in a header."""

    header: Annotated[str, Meta(description="The header.", min_length=1)]
    secret: Annotated[str, Meta(description="The name of the secret.", min_length=1)] = "key"  # noqa: S105 - the name of a secret
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Annotated[
        Literal["hex", "base64", "base64_of_hex"],
        Meta(description="base64_of_hex: the base64 of the hexadecimal text."),
    ] = "hex"
    key_form: Annotated[
        Literal["text", "hex", "base64"], Meta(description="How the secret is written down.")
    ] = "text"
    prefix: Annotated[str, Meta(description="What stands before it, such as sha256=.")] = ""
    signed: Annotated[
        str, Meta(description="What is signed: {body}, {timestamp}, {method} and {path} are marks.")
    ] = "{body}"
    timestamp_header: Annotated[
        str, Meta(description="Sends the moment in seconds since 1970 here.")
    ] = ""
    only_writes: Annotated[bool, Meta(description="Sign what has a body only.")] = True
