"""A category's questions on the form: what is shown, and what came back."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from mysmartcity.issues.models import DataType, Question
from mysmartcity.issues.rules import applies
from mysmartcity.lib import text
from mysmartcity.web.drafts import Answers


def field_name(code: str) -> str:
    """The name and id of a question's field."""
    return f"answer-{code}"


def read_answers(questions: Iterable[Question], posted: QueryDict) -> Answers:
    """The answers in a form. What is not asked under these answers is left out."""
    answers: Answers = {}
    for question in questions:
        if not question.is_variable or not applies(question, answers):
            continue
        values = [text.readable(one) for one in posted.getlist(field_name(question.code))]
        values = [value for value in values if value]
        if question.datatype == DataType.MULTI:
            answers[question.code] = values
        elif values:
            answers[question.code] = values[-1]
    return answers


def fields(
    questions: Iterable[Question], answers: Answers, errors: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The questions as dicts for the template: kind, name, label, hint, options, value, condition."""
    by_code = {question.code: question for question in questions}
    return [_field(question, by_code, answers, errors) for question in by_code.values()]


def _field(
    question: Question,
    by_code: Mapping[str, Question],
    answers: Answers,
    errors: Mapping[str, str],
) -> dict[str, Any]:
    name = field_name(question.code)
    given = answers.get(question.code, "")
    return {
        "kind": question.datatype if question.is_variable else "notice",
        "name": name,
        "label": question.text,
        "hint": _hint(question, by_code),
        "options": [
            {"value": choice["key"], "label": choice["name"]} for choice in question.choices
        ],
        "value": given if isinstance(given, str) else "",
        "values": [given] if isinstance(given, str) else given,
        "optional": not question.is_required,
        "error": errors.get(name, ""),
        "condition_name": field_name(question.condition_code) if question.condition_code else "",
        "condition_value": question.condition_value,
        "is_folded": _may_wait(question, by_code),
    }


def _may_wait(question: Question, by_code: Mapping[str, Question]) -> bool:
    """Whether a question can be folded away: nobody must answer it, nor the one that it hangs on."""
    earlier = by_code.get(question.condition_code)
    is_needed = question.is_required or (earlier is not None and earlier.is_required)
    return question.is_variable and not is_needed


def _hint(question: Question, by_code: Mapping[str, Question]) -> str:
    """The hint, and without JavaScript the words that say when the question counts."""
    earlier = by_code.get(question.condition_code)
    if earlier is None:
        return question.hint
    names = {choice["key"]: choice["name"] for choice in earlier.choices}
    only_if = _("Only if you said “%(answer)s” above.") % {
        "answer": names.get(question.condition_value, question.condition_value)
    }
    return f"{only_if} {question.hint}".strip()


def shown(questions: Iterable[Question], answers: Answers) -> list[tuple[str, str]]:
    """Answered questions with the words that were chosen, for the issue's page."""
    rows = []
    for question in questions:
        given = answers.get(question.code)
        if not given:
            continue
        names = {choice["key"]: choice["name"] for choice in question.choices}
        values = [given] if isinstance(given, str) else given
        rows.append((question.text, ", ".join(names.get(value, value) for value in values)))
    return rows
