"""Templates over our values: a small, safe part of Jinja. Compiled at load, rendered per message.

A template can't call anything, can't loop inside a loop, knows our own filters only, and can't reach what
begins with an underscore; what it makes has an upper limit. So its time grows with its input and no more.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal
from urllib.parse import quote

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from mysmartcity.connectors.systems.rest import dates
from mysmartcity.connectors.systems.rest.filters import FILTERS, LONGEST, Grown, date_filter

Kind = Literal["text", "path", "xml"]

_NODES: Final[tuple[type[nodes.Node], ...]] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem,
    nodes.Const, nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.CondExpr, nodes.Compare,
    nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.Slice, nodes.Neg,
    nodes.Tuple, nodes.List,
)  # fmt: skip
_SAYS: Final = {
    nodes.Call: "calls are not allowed",
    nodes.Mul: "* is not allowed",
    nodes.Pow: "** is not allowed",
    nodes.Mod: "% is not allowed",
}


class BadTemplate(ValueError):
    """A template that can't be used; the text says why, without its path in the file."""


class NotRendered(ValueError):
    """A template could not be rendered over these values."""


def _finalize(value: Any) -> Any:
    return "" if value is None else value


def _quoted(value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        return str(value)
    return "" if value is None else quote(str(value), safe="")


@lru_cache(maxsize=64)
def _environment(kind: Kind, zone: str) -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        autoescape=kind == "xml",
        finalize=_quoted if kind == "path" else _finalize,
        keep_trailing_newline=True,
    )
    environment.globals = {}
    environment.filters = {**FILTERS, "date": date_filter(zone)}
    environment.tests = {"defined": environment.tests["defined"]}
    return environment


@lru_cache(maxsize=4096)
def _compiled(source: str, kind: Kind, zone: str) -> jinja2.Template:
    environment = _environment(kind, zone)
    try:
        tree = environment.parse(source)
        _check_nodes(tree)
        return environment.from_string(tree)
    except (jinja2.TemplateError, RecursionError, SyntaxError) as error:
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        raise BadTemplate(f"the template can't be read: {said}") from error


def _check_nodes(tree: nodes.Template) -> None:
    for node, is_in_loop in _walk(tree, is_in_loop=False):
        if not isinstance(node, _NODES):
            name = type(node).__name__.lower()
            said = next((s for kind, s in _SAYS.items() if isinstance(node, kind)), "")
            raise BadTemplate(said or f"“{name}” is not allowed in a template")
        if isinstance(node, nodes.For) and (is_in_loop or node.recursive):
            raise BadTemplate("a loop inside a loop is not allowed")
        if isinstance(node, nodes.Name) and node.name == "self":
            raise BadTemplate("there is no value “self” here")
        if isinstance(node, nodes.Filter):
            _check_filter(node)


def _walk(node: nodes.Node, *, is_in_loop: bool) -> Iterator[tuple[nodes.Node, bool]]:
    yield node, is_in_loop
    for child in node.iter_child_nodes():
        yield from _walk(child, is_in_loop=is_in_loop or isinstance(node, nodes.For))


def _check_filter(node: nodes.Filter) -> None:
    if node.name not in FILTERS and node.name != "date":
        raise BadTemplate(f"there is no filter “{node.name}”")
    written = node.args[0] if node.name == "date" and node.args else None
    if isinstance(written, nodes.Const) and (wrong := dates.complaint(str(written.value))):
        raise BadTemplate(wrong)
    if written is not None and not isinstance(written, nodes.Const):
        raise BadTemplate("the form of a date must be written out")


Known = Mapping[str, Collection[str] | None]
"""The names of values, and for those with parts the names of the parts."""


def check(source: str, *, known: Known, kind: Kind = "text", zone: str) -> None:
    """Raises BadTemplate for what can't be compiled or names a value that is not known there."""
    _compiled(source, kind, zone)
    tree = _environment(kind, zone).parse(source)
    unknown = sorted(meta.find_undeclared_variables(tree) - set(known))
    if unknown:
        raise BadTemplate(f"there is no value “{unknown[0]}” here")
    for owner, name in _members(tree):
        parts = known.get(owner)
        if parts is not None and name not in parts:
            raise BadTemplate(f"there is no value “{owner}.{name}” here")


def members(source: str, owner: str, *, zone: str) -> set[str]:
    """Which parts of a value a template names: {"key"} of "{{ secret.key }}"."""
    try:
        tree = _environment("text", zone).parse(source)
    except (jinja2.TemplateError, RecursionError):
        return set()
    return {name for found, name in _members(tree) if found == owner}


def _members(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name):
            yield node.node.name, node.attr


def render(source: str, values: Mapping[str, Any], *, kind: Kind = "text", zone: str) -> str:
    """The text of a template over values. Raises NotRendered."""
    if "{" not in source:
        return source
    made: list[str] = []
    length = 0
    try:
        for piece in _compiled(source, kind, zone).generate(values):
            length += len(piece)
            if length > LONGEST:
                raise Grown(f"The text has more than {LONGEST} characters.")
            made.append(piece)
    except jinja2.UndefinedError as error:
        raise NotRendered(str(error.message)) from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise NotRendered(str(error)) from error
    # Half a character of UTF-16 can't be sent as UTF-8.
    return "".join(made).encode("utf-8", "replace").decode()
