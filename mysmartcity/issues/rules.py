"""What is allowed with issues: pairs of `may_*` (a yes or no) and `check_may_*` (raises a sentence)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from mysmartcity.issues.models import Category, DataType, Follow, Issue, Question
from mysmartcity.issues.status import AWAITING_RESIDENT, OPEN, Actor, Status, may_move
from mysmartcity.lib import ids
from mysmartcity.people.models import Person, Role

MAX_DESCRIPTION = 4000
"""Open311 GeoReport v2 limits a description to 4,000 characters."""

MAX_ANSWER = 2000

Answers = Mapping[str, str | Sequence[str]]


class NotAllowed(Exception):
    """The act is refused; the message is a sentence for the screen."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a report: where, a code for machines, a sentence for people."""

    field: str
    code: str
    sentence: str


class Invalid(Exception):
    """A report can't be taken as it is; `faults` names everything that is wrong, at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in faults))
        self.faults = list(faults)


class KeyReused(Exception):
    """The client's key was used before for a report with other content."""


@dataclass(frozen=True)
class Standing:
    """What somebody is to one issue."""

    is_reporter: bool = False
    is_joined: bool = False
    is_staff: bool = False
    person: Person | None = None

    @property
    def actor(self) -> Actor:
        """As whom they act."""
        return Actor.DISPATCHER if self.is_staff else Actor.RESIDENT


def standing_of(
    issue: Issue, *, device: str = "", person: Person | None = None, tracking_secret: str = ""
) -> Standing:
    """What the holder of this device, account or tracking secret is to an issue. One query at most."""
    is_staff = person is not None and person.role in (Role.DISPATCHER, Role.OPERATOR)
    is_reporter = bool(tracking_secret) and ids.hash_secret(tracking_secret) == issue.tracking_hash
    if person is not None and issue.reporter_id == person.pk:
        is_reporter = True
    is_joined = False
    if device or person is not None:
        # Who reported an issue that was joined to this one stands behind this one.
        is_twin = Q(issue__merged_into=issue, issue__status=Status.MERGED)
        follows = Follow.objects.filter(Q(issue=issue) | is_twin).values_list(
            "device_hash", "person_id", "is_reporter", "is_joined", "issue_id"
        )
        device_hash = ids.hash_secret(device) if device else None
        person_id = person.pk if person is not None else None
        for its_device, its_person, reports, joins, its_issue in follows:
            if its_device == device_hash or (person_id is not None and its_person == person_id):
                is_own = its_issue == issue.pk
                is_reporter = is_reporter or (reports and is_own)
                is_joined = is_joined or joins or (reports and not is_own)
    return Standing(is_reporter, is_joined, is_staff, person)


def may_confirm(issue: Issue, standing: Standing) -> bool:
    """Whether they may say that it is fixed, or is not."""
    stands_behind = standing.is_reporter or standing.is_joined or standing.is_staff
    return stands_behind and any(
        may_move(Status(issue.status), after, standing.actor)
        for after in (Status.FIXED, Status.NOT_FIXED)
    )


def check_may_confirm(issue: Issue, standing: Standing) -> None:
    """Raises NotAllowed unless they may say that it is fixed, or is not."""
    if not may_confirm(issue, standing):
        raise NotAllowed(
            _(
                "Only people who reported this, or said that it is theirs too, can confirm it, "
                "and only after the body said that it is fixed."
            )
        )


def may_join(issue: Issue) -> bool:
    """Whether somebody may say: mine too. What has ended is reported anew."""
    return Status(issue.status) in OPEN | AWAITING_RESIDENT


def check_may_join(issue: Issue) -> None:
    """Raises NotAllowed unless somebody may say: mine too."""
    if not may_join(issue):
        raise NotAllowed(_("This one has ended. If the problem is there, please report it anew."))


def may_withdraw(issue: Issue, standing: Standing) -> bool:
    """Whether they may take the report back: the reporter, as long as nobody else stands behind it."""
    allowed = standing.is_staff or (standing.is_reporter and issue.report_count <= 1)
    return allowed and may_move(Status(issue.status), Status.WITHDRAWN, standing.actor)


def check_may_withdraw(issue: Issue, standing: Standing) -> None:
    """Raises NotAllowed unless they may take the report back."""
    if not may_withdraw(issue, standing):
        raise NotAllowed(
            _("This report can't be withdrawn: it has ended, or other people stand behind it too.")
        )


def check_move(issue: Issue, after: Status, actor: Actor) -> None:
    """Raises NotAllowed unless the table of steps lets this actor move the issue there."""
    if not may_move(Status(issue.status), after, actor):
        raise NotAllowed(
            _("An issue that is “%(before)s” can't become “%(after)s” this way.")
            % {"before": issue.status, "after": after}
        )


def applies(question: Question, answers: Answers) -> bool:
    """Whether a question is asked at all, given the answers before it."""
    if not question.condition_code:
        return True
    given = answers.get(question.condition_code, "")
    values = [given] if isinstance(given, str) else list(given)
    return question.condition_value in values


def check_answers(questions: Iterable[Question], answers: Answers) -> list[Fault]:
    """Everything that is wrong with the answers to a category's questions; field `answer:CODE`."""
    faults = []
    for question in questions:
        if not question.is_variable or not applies(question, answers):
            continue
        given = answers.get(question.code, "")
        values = [given] if isinstance(given, str) else list(given)
        values = [value for value in values if value.strip()]
        if not values:
            if question.is_required:
                sentence = _("Please answer: %(question)s") % {"question": question.text}
                faults.append(Fault(f"answer:{question.code}", "required", sentence))
            continue
        if not _fits(question, values):
            sentence = _("This does not answer the question: %(question)s") % {
                "question": question.text
            }
            faults.append(Fault(f"answer:{question.code}", "bad_value", sentence))
    return faults


def _fits(question: Question, values: Sequence[str]) -> bool:
    if any(len(value) > MAX_ANSWER for value in values):
        return False
    if question.datatype in (DataType.SINGLE, DataType.MULTI):
        keys = {choice["key"] for choice in question.choices}
        one_only = question.datatype == DataType.SINGLE
        return all(value in keys for value in values) and not (one_only and len(values) > 1)
    if len(values) > 1:
        return False
    if question.datatype == DataType.NUMBER:
        return re.fullmatch(r"\s*-?\d{1,15}([.,]\d{1,9})?\s*", values[0]) is not None
    if question.datatype == DataType.DATETIME:
        return _is_datetime(values[0])
    return True


def _is_datetime(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def check_words(*, description: str, email: str, phone: str) -> list[Fault]:
    """What is wrong with the free words and the contact of a report."""
    faults = []
    if len(description) > MAX_DESCRIPTION:
        sentence = _("Please use at most %(limit)s characters.") % {"limit": MAX_DESCRIPTION}
        faults.append(Fault("description", "too_long", sentence))
    if email:
        try:
            validate_email(email)
        except ValidationError:
            sentence = _("This is not an e-mail address. It should look like name@example.co.za.")
            faults.append(Fault("contact.email", "bad_value", sentence))
    if phone and not re.fullmatch(r"\+?[\d\s()\-]{7,20}", phone):
        sentence = _("This is not a phone number. It should look like 082 123 4567.")
        faults.append(Fault("contact.phone", "bad_value", sentence))
    return faults


def check_category(category: Category) -> list[Fault]:
    """Whether the category may be used now."""
    if category.is_active and category.jurisdiction.is_active:
        return []
    return [Fault("category", "inactive", _("This kind of problem can't be reported here now."))]
