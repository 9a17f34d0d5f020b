"""Queries of the hot paths, whose SQL is written once in a process and then only asked.

Django writes the SQL of a queryset anew each time it is asked; on the page of one issue that took 4 ms of
CPU where asking and reading took 0.5 (docs/decisions/0016). A kept query is an ordinary queryset with
slots in it, so it moves with the models like any other. Only where it was measured to matter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, QuerySet
from django.db.models.sql.compiler import SQLCompiler

Row = tuple[Any, ...]


class Slot(Expression):
    """A value that is not known before a kept query is asked; stands where `filter` takes a value."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """A placeholder; the slot itself stands among the parameters until it is filled."""
        del compiler, connection
        return "%s", [self]


@dataclass(frozen=True)
class _Written:
    """A queryset as SQL, and what makes Python values of its columns."""

    sql: str
    parameters: Sequence[Any]
    compiler: SQLCompiler
    converters: Any


def _write(queryset: QuerySet[Any, Any]) -> _Written:
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    return _Written(sql, tuple(parameters), compiler, converters)


class KeptQuery:
    """Made from a function that gives a `values_list` queryset with slots in its filters.

    It is called at the first question: models are not there yet when modules are read.
    """

    def __init__(self, make: Callable[[], QuerySet[Any, Any]]) -> None:
        self._make = make
        self._written: _Written | None = None

    def ask(self, **values: Any) -> list[Row]:
        """The rows, with a value for each slot. KeyError when one is missing. One query."""
        kept = self._written = self._written or _write(self._make())
        filled = [values[one.name] if isinstance(one, Slot) else one for one in kept.parameters]
        with connection.cursor() as cursor:
            cursor.execute(kept.sql, filled)
            rows: list[Row] = cursor.fetchall()
        if not kept.converters:
            return rows
        return [tuple(row) for row in kept.compiler.apply_converters(rows, kept.converters)]
