"""How a view says who may open it. The house test refuses a URL whose view says nothing.

Saying it checks nothing: the view, or a decorator of its own, does that. Lives here because every
face needs the same word and faces do not know each other.
"""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

Access = Literal["public", "key", "link", "resident", "staff"]
"""`public` everyone; `key` an API key; `link` who holds a secret link; `resident` signed in."""

View = TypeVar("View", bound=Callable[..., Any])


def declares(*access: Access) -> Callable[[View], View]:
    """Write down on a view (outermost decorator) who may open it: `view.access`, a tuple of words.

    Several words when it depends on the method: `@declares("public", "key")` for GET and POST.
    """

    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark
