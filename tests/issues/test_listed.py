"""The totals behind the map without filters follow every move, and never promise more than there is."""

import random

import pytest

from mysmartcity.issues import clusters
from mysmartcity.issues.actions import Move, change_status
from mysmartcity.issues.actions.counts import add_up_counts
from mysmartcity.issues.models import Issue, ListedDelta
from mysmartcity.issues.status import LISTED, Actor, Status
from mysmartcity.lib import geo
from mysmartcity.lib.geo import Box, Point
from tests import build

pytestmark = pytest.mark.django_db

ALL = Box(-35.2, 16.2, -22.0, 33.1)


def total() -> int:
    found, _least = clusters.listed(box=ALL, resolution=8)
    return sum(one.count for one in found)


def test_the_totals_follow_every_move() -> None:
    twin, issue = build.issue(), build.issue(description="again")
    assert total() == 2
    change_status(issue=issue, move=Move(Status.MERGED, Actor.DISPATCHER, merged_into=twin))
    assert total() == 1
    change_status(issue=twin, move=Move(Status.SENT, Actor.PLATFORM))
    assert total() == 1
    add_up_counts()
    assert ListedDelta.objects.get().count == 1
    assert Issue.objects.filter(status__in=LISTED).count() == 1


def test_a_box_never_holds_fewer_than_promised() -> None:
    chance = random.Random(5)
    points = [
        Point(chance.uniform(-34.5, -33.5), chance.uniform(18.2, 19.2)) for _number in range(3000)
    ]
    rows = []
    for point in points:
        cell7 = geo.cell(point, 7)
        cells = {"cell5": geo.parent_cell(cell7, 5), "cell6": geo.parent_cell(cell7, 6)}
        rows.append(ListedDelta(cell8=geo.cell(point, 8), cell7=cell7, count=1, **cells))
    ListedDelta.objects.bulk_create(rows)
    promised = 0
    for _number in range(60):
        lat, lng = chance.uniform(-34.3, -33.7), chance.uniform(18.4, 19.0)
        half = chance.uniform(0.02, 0.3)
        box = Box(lat - half, lng - half, lat + half, lng + half)
        there = sum(
            box.south <= one.lat <= box.north and box.west <= one.lng <= box.east for one in points
        )
        for resolution in range(2, clusters.FINEST_LISTED + 1):
            _found, least = clusters.listed(box=box, resolution=resolution)
            promised += least
            assert least <= there
    assert promised
