"""The shape of a definition: what may be written in it, and what each line means.

`docs/reference/rest-system.schema.json` is made from this file. What lies inside the texts (templates,
JMESPath, dates) is checked by `checking.py`. Parts that say how requests look and who we are: `wire.py`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from mysmartcity.connectors.systems.rest.wire import (
    Auth,
    NoAuth,
    Outcome,
    Path,
    Request,
    Sign,
    Strict,
    Text,
)

Choice = str | int | float | bool


class Dates(Strict):
    """How the system writes moments."""

    formats: Annotated[
        tuple[str, ...],
        Meta(
            description="Tried in this order: iso, epoch, epoch_ms, odata, mail, or a pattern such as "
            "%d.%m.%Y %H:%M:%S.",
            min_length=1,
            max_length=10,
        ),
    ] = ("iso",)
    zone: Annotated[
        str,
        Meta(description="What a moment without a zone means, and in which zone `date` writes."),
    ] = "Africa/Johannesburg"


class NoPaging(Strict, tag_field="type", tag="none"):
    """The answer is the whole list."""


class PageNumber(Strict, tag_field="type", tag="page"):
    """Pages are counted. The value `page` is also known to the templates of the request."""

    parameter: Annotated[str, Meta(description="The argument of the query, empty for none.")] = (
        "page"
    )
    first: Annotated[int, Meta(description="The number of the first page.", ge=0, le=1)] = 1
    size: Annotated[
        int, Meta(description="A shorter page is the last one; 0: not known.", ge=0)
    ] = 0


class Offset(Strict, tag_field="type", tag="offset"):
    """Entries are counted. The value `offset` is also known to the templates of the request."""

    parameter: Annotated[str, Meta(description="The argument of the query, empty for none.")]
    size: Annotated[
        int, Meta(description="A shorter page is the last one; 0: not known.", ge=0)
    ] = 0


class NextLink(Strict, tag_field="type", tag="next"):
    """The answer names the next page; it must be of the same origin."""

    link: Annotated[Path, Meta(description="Where the link stands; nothing there: the last page.")]


class Cursor(Strict, tag_field="type", tag="cursor"):
    """The answer holds a mark for the next page. `cursor` is also known to the templates."""

    value: Annotated[Path, Meta(description="Where the mark stands; nothing there: the last page.")]
    parameter: Annotated[str, Meta(description="The argument of the query, empty for none.")] = ""


Paging = NoPaging | PageNumber | Offset | NextLink | Cursor


class Item(Strict):
    """Where the parts of one piece of news stand. Every line is JMESPath over one entry."""

    status: Annotated[Path, Meta(description="The system's word for how it stands.")]
    reference: Annotated[
        Path, Meta(description="The system's reference; empty: the one that was asked for.")
    ] = ""
    words: Annotated[Path, Meta(description="What the body says.")] = ""
    at: Annotated[Path, Meta(description="When it happened; empty: when we read it.")] = ""
    id: Annotated[
        Path, Meta(description="Names this piece of news; empty: made of the other parts.")
    ] = ""
    more_references: Annotated[Path, Meta(description="Further references for the same work.")] = ""
    photos: Annotated[Path, Meta(description="Addresses of photos.")] = ""
    promised_at: Annotated[Path, Meta(description="Until when the body says it will be done.")] = ""
    category: Annotated[Path, Meta(description="The system's code of the category.")] = ""


class PollList(Strict, tag_field="type", tag="list"):
    """News is a list since a moment: the template knows `since` and `now`."""

    request: Request
    items: Annotated[Path, Meta(description="Where the entries stand.")]
    item: Item
    paging: Paging = msgspec.field(default_factory=NoPaging)


class PollEach(Strict, tag_field="type", tag="each"):
    """Each reference is asked for by itself: the template knows `body_reference`."""

    request: Request
    item: Item
    items: Annotated[
        Path, Meta(description="Where the entries stand; empty: the whole answer is the one entry.")
    ] = ""
    gone: Annotated[
        Path,
        Meta(description="True when the answer says that there is no such thing. 404 says so too."),
    ] = ""


class LookUp(Strict):
    """How to ask whether a message arrived: the template knows the message, `since` and `until`."""

    request: Request
    items: Annotated[Path, Meta(description="Where the entries stand.")]
    ours: Annotated[Path, Meta(description="Where our reference stands in an entry.")]
    match: Annotated[
        Literal["exact", "labelled"],
        Meta(
            description="exact: the text is our reference. labelled: our reference follows the last "
            "“Reference:” in a longer text; one that a resident quotes above it does not count."
        ),
    ] = "exact"
    reference: Annotated[Path, Meta(description="The system's reference in an entry.")] = ""
    id: Annotated[Path, Meta(description="The system's own id in an entry.")] = ""
    at: Annotated[Path, Meta(description="When it came; of several the oldest is taken.")] = ""
    paging: Paging = msgspec.field(default_factory=NoPaging)


class Answer(Strict):
    """Where the parts of the answer to a message stand. Every line is JMESPath over the answer."""

    reference: Annotated[Path, Meta(description="The system's reference.")] = ""
    token: Annotated[Path, Meta(description="A token that becomes a reference later.")] = ""
    id: Annotated[Path, Meta(description="The system's own id of this message.")] = ""
    more_references: Annotated[Path, Meta(description="Further work items made of it.")] = ""


class Say(Strict):
    """How one kind of message is sent. A kind that is not there is one that the system can't take."""

    request: Request
    answer: Answer = msgspec.field(default_factory=Answer)
    look_up: LookUp | None = None
    repeatable: Annotated[
        bool, Meta(description="The system takes the same message once, so it may be sent again.")
    ] = False


class Messages(Strict):
    """What can be told to the system."""

    create: Annotated[Say, Meta(description="The first message about an issue.")]
    photo: Annotated[Say | None, Meta(description="One further photo.")] = None
    comment: Annotated[Say | None, Meta(description="Further words of a resident.")] = None
    not_fixed: Annotated[Say | None, Meta(description="A resident says that it is not fixed.")] = (
        None
    )
    withdrawn: Annotated[Say | None, Meta(description="The resident took it back.")] = None


class TokenCall(Strict):
    """How to ask what a token became: the template knows `token`."""

    request: Request
    reference: Annotated[Path, Meta(description="The reference; nothing there: not yet.")]


class Categories(Strict):
    """How to list what can be reported there."""

    request: Request
    items: Annotated[Path, Meta(description="Where the entries stand.")]
    code: Annotated[Path, Meta(description="The code in an entry.")]
    name: Annotated[Path, Meta(description="The name in an entry.")]
    group: Annotated[Path, Meta(description="The name of its group.")] = ""
    questions: Annotated[
        Path, Meta(description="A list of [code, text, is required] or objects with these names.")
    ] = ""
    paging: Paging = msgspec.field(default_factory=NoPaging)


class PushSign(Strict):
    """How pushed news is signed (HMAC)."""

    header: Annotated[str, Meta(description="The header with the signature.", min_length=1)]
    secret: Annotated[str, Meta(description="The name of the secret.", min_length=1)]
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: Annotated[str, Meta(description="What stands before it, such as sha256=.")] = ""
    signed: Annotated[
        str, Meta(description="What is signed, with the marks {body}, {timestamp} and {id}.")
    ] = "{body}"
    timestamp_header: Annotated[str, Meta(description="The header with the moment in seconds.")] = (
        ""
    )
    id_header: Annotated[str, Meta(description="The header that names the push.")] = ""
    window_seconds: Annotated[int, Meta(description="So old a push may be.", ge=1, le=86400)] = 300


class Push(Strict):
    """News that the system sends by itself."""

    items: Annotated[Path, Meta(description="Where the entries stand; @ for one entry alone.")]
    item: Item
    sign: Annotated[
        PushSign | None, Meta(description="Empty: the Standard Webhooks form is checked.")
    ] = None


class Need(Strict):
    """Something that the system takes nothing without."""

    words: Annotated[str, Meta(description="In words for staff: the street number.", min_length=1)]
    value: Annotated[Text, Meta(description="Empty when rendered: it is missing.", min_length=1)]


class Definition(Strict):
    """One HTTP system: where it is, who we are there, what to send, and how to read its answers."""

    title: Annotated[str, Meta(description="Names the system for staff.", min_length=1)]
    form: Annotated[Literal[1], Meta(description="The version of this form.")]
    base_url: Annotated[
        str,
        Meta(description="https://host/path; no request ever leaves this origin.", min_length=1),
    ]
    messages: Messages
    sources: Annotated[
        tuple[str, ...], Meta(description="Where the facts are from, and what is assumed.")
    ] = ()
    options: Annotated[
        dict[str, Choice],
        Meta(description="Values of this installation; templates know them as option.NAME."),
    ] = {}
    headers: Annotated[dict[str, Text], Meta(description="Headers of every request.")] = {}
    auth: Annotated[Auth, Meta(description="How we show who we are.")] = msgspec.field(
        default_factory=NoAuth
    )
    sign: Annotated[Sign | None, Meta(description="A signature over what is sent.")] = None
    outcome: Annotated[
        Outcome, Meta(description="What answers mean, before the usual meaning of their status.")
    ] = msgspec.field(default_factory=Outcome)
    dates: Dates = msgspec.field(default_factory=Dates)
    poll: Annotated[PollList | PollEach | None, Meta(description="How to ask for news.")] = None
    states: Annotated[
        PollEach | None,
        Meta(
            description="How to ask how one reference stands, where news is a list (reconciliation)."
        ),
    ] = None
    token: TokenCall | None = None
    categories: Categories | None = None
    push: Push | None = None
    needs: Annotated[tuple[Need, ...], Meta(description="What a first message must have.")] = ()
    needs_address: Annotated[
        bool, Meta(description="Residents are asked for street, number and suburb.")
    ] = False
    needs_category_code: Annotated[
        bool, Meta(description="A category without a code of the system must not be sent.")
    ] = False
    needs_reference: Annotated[
        bool, Meta(description="Later messages need the system's reference.")
    ] = True
    further_references: Annotated[
        Literal["more", "renamed", "also"],
        Meta(description="A work item of its own, a new name, or one more name for the whole."),
    ] = "more"
    photos_in_create: Annotated[
        int, Meta(description="So many photos go with the first message; -1: all of them.", ge=-1)
    ] = -1
    statuses: Annotated[
        dict[str, str],
        Meta(
            description="The system's words → ours, to start with. A word not here waits for staff."
        ),
    ] = {}
    timeout_seconds: Annotated[float, Meta(description="For one exchange.", gt=0, le=20)] = 15
    max_bytes: Annotated[
        int, Meta(description="A longer answer is refused.", ge=1, le=8_000_000)
    ] = 2_000_000
    max_pages: Annotated[int, Meta(description="A longer list is an error.", ge=1, le=1000)] = 200


def schema() -> dict[str, Any]:
    """The JSON Schema of a definition."""
    return msgspec.json.schema(Definition)
