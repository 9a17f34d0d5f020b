"""JMESPath over answers: compiled at load, and forgiving in reading what real systems send."""

from functools import lru_cache
from typing import Any, Final

import jmespath
from jmespath import exceptions
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

_KNOWN: Final = Functions.FUNCTION_TABLE


class BadPath(ValueError):
    """JMESPath that can't be used; the text says why."""


@lru_cache(maxsize=4096)
def _compiled(path: str) -> ParsedResult:
    try:
        found = jmespath.compile(path)
    except (exceptions.JMESPathError, ValueError, RecursionError, IndexError, TypeError) as error:
        said = str(error).strip().splitlines()
        first = said[0] if said else type(error).__name__
        raise BadPath(f"the path can't be read: {first}") from error
    _check_functions(found.parsed)
    return found


def _check_functions(node: Any) -> None:
    """Unknown functions and wrong counts of arguments, which the library only finds when it runs."""
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        if name not in _KNOWN:
            raise BadPath(f"there is no function “{name}”")
        signature = _KNOWN[name]["signature"]
        is_open = bool(signature) and bool(signature[-1].get("variadic"))
        if given < len(signature) or (given > len(signature) and not is_open):
            raise BadPath(f"{name}() wants {len(signature)} arguments")
    for child in node.get("children", ()):
        if isinstance(child, dict):
            _check_functions(child)


def check(path: str) -> None:
    """Raises BadPath for what can't be compiled."""
    if path:
        _compiled(path)


def search(path: str, tree: Any) -> Any:
    """What stands there; None when there is nothing, or nothing of the kind that the path wants."""
    if not path:
        return None
    try:
        return _compiled(path).search(tree)
    except (exceptions.JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError):
        return None


def text(path: str, tree: Any) -> str:
    """A text or number that stands there, stripped; "" for anything else."""
    found = search(path, tree)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).strip()


def texts(path: str, tree: Any) -> tuple[str, ...]:
    """The texts of a list that stands there, or the one text."""
    found = search(path, tree)
    listed = found if isinstance(found, list) else [found]
    return tuple(
        str(one).strip() for one in listed if isinstance(one, str | int) and str(one).strip()
    )


def records(path: str, tree: Any) -> list[Any] | None:
    """The entries of a list; one object counts as a list of one; None when there is no list."""
    found = search(path, tree)
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) else None


def is_true(path: str, tree: Any) -> bool:
    """Whether what stands there is true, as JMESPath means it."""
    found = search(path, tree)
    return found is not None and found is not False and found not in ("", [], {})
