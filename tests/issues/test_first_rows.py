"""The rows written in one statement are those that the models would write."""

import pytest
from django.forms.models import model_to_dict

from mysmartcity.issues.models import CellDelta, IssueArea, TimelineEntry
from mysmartcity.issues.status import Actor, Status
from mysmartcity.lib import geo
from tests import build

pytestmark = pytest.mark.django_db


def test_every_column_is_what_the_model_says() -> None:
    reporter = build.person()
    issue = build.report(reporter=reporter).issue
    entry = TimelineEntry.objects.get(issue=issue)
    meant = TimelineEntry(
        id=entry.pk,
        issue=issue,
        happened_at=issue.reported_at,
        recorded_at=issue.reported_at,
        actor=Actor.RESIDENT,
        by=reporter,
        after=Status.RECEIVED,
    )
    assert model_to_dict(entry) == model_to_dict(meant)
    assert {entry.happened_at, entry.recorded_at} == {issue.reported_at}
    count = CellDelta.objects.get()
    meant_count = CellDelta(
        id=count.pk,
        cell7=issue.cell7,
        cell6=geo.parent_cell(issue.cell7, 6),
        cell5=geo.parent_cell(issue.cell7, 5),
        category=issue.category,
        status=Status.RECEIVED,
        count=1,
    )
    assert model_to_dict(count) == model_to_dict(meant_count)


def test_every_area_of_the_point_is_written_once() -> None:
    ward = build.area(name="Ward 1", kind="ward", municipality_code="CPT")
    issue = build.report().issue
    areas = sorted(IssueArea.objects.filter(issue=issue).values_list("area_id", flat=True))
    assert areas == sorted({ward.pk, issue.jurisdiction.area_id})
