"""What can be wrong with a request, and how it is said: always all of it, in the format asked for."""

from collections.abc import Sequence

from mysmartcity.issues.rules import Fault


class Problem(Exception):
    """The request is refused with this HTTP status; one sentence for each thing that is wrong."""

    def __init__(self, status: int, sentences: Sequence[str], *, retry_after: int = 0) -> None:
        super().__init__("; ".join(sentences))
        self.status = status
        self.sentences = sentences
        self.retry_after = retry_after

    def as_errors(self) -> list[dict[str, object]]:
        """The body of the reply: GeoReport's list of `code` and `description`."""
        return [{"code": self.status, "description": sentence} for sentence in self.sentences]


def bad(*sentences: str) -> Problem:
    """400: the arguments can't be used."""
    return Problem(400, sentences)


def absent(sentence: str) -> Problem:
    """404: the thing that is asked for does not exist (or may not be seen)."""
    return Problem(404, [sentence])


def refused(sentence: str) -> Problem:
    """403: no key, or a key that may not do this."""
    return Problem(403, [sentence])


def too_often(retry_after: int) -> Problem:
    """429: the limit is reached; in so many seconds it works again."""
    sentence = f"Too many reports in a minute; please wait {retry_after} seconds."
    return Problem(429, [sentence], retry_after=retry_after)


_ARGUMENTS = {
    "point": "lat, long",
    "category": "service_code",
    "contact.email": "email",
    "contact.phone": "phone",
    "photos": "media",
}


def sentence_of(fault: Fault) -> str:
    """A fault of a report as a sentence that begins with the argument's name in GeoReport."""
    kind, _, code = fault.field.partition(":")
    name = f"attribute[{code}]" if kind == "answer" else _ARGUMENTS.get(kind, kind)
    return f"{name}: {fault.sentence}"
