"""Circles on the map that would lie on each other are put together; none is lost."""

import random

from mysmartcity.issues.clusters import Cluster, set_apart

PIXELS = 50


def pixels_between(one: Cluster, other: Cluster, zoom: int) -> float:
    """How far apart at the equator, where a degree is the same both ways."""
    across = ((one.lng - other.lng) ** 2 + (one.lat - other.lat) ** 2) ** 0.5
    return across / 360 * 256 * 2**zoom


def test_nothing_overlaps_and_every_issue_is_counted() -> None:
    rng = random.Random(4)
    found = [
        Cluster(rng.uniform(-0.5, 0.5), rng.uniform(20, 21), rng.randint(2, 900))
        for _ in range(400)
    ]
    for zoom in (5, 8, 11):
        apart = set_apart(found, zoom=zoom)
        assert sum(one.count for one in apart) == sum(one.count for one in found)
        nearest = [
            pixels_between(one, other, zoom) for one in apart for other in apart if one is not other
        ]
        assert min(nearest, default=PIXELS) > PIXELS * 0.999
    assert len(set_apart(found, zoom=16)) == len(found)


def test_the_larger_one_keeps_its_place() -> None:
    big, small = Cluster(-33.9, 18.4, 90), Cluster(-33.8999, 18.4001, 3)
    assert set_apart([small, big], zoom=12) == [Cluster(-33.9, 18.4, 93)]
