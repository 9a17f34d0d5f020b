"""After some failures in a row nobody waits for the other side for a while."""

from mysmartcity.places.breaker import Breaker


def test_it_opens_after_the_limit_and_lets_one_try_later() -> None:
    moment = [0.0]
    breaker = Breaker(failures=3, seconds=60, clock=lambda: moment[0])
    for _ in range(2):
        breaker.failed()
    assert breaker.may_try()
    breaker.failed()
    assert not breaker.may_try()
    moment[0] = 59.9
    assert not breaker.may_try()
    moment[0] = 60.0
    assert breaker.may_try()
    assert not breaker.may_try()  # one asks, the others still do not wait
    breaker.worked()
    assert breaker.may_try()
    assert breaker.may_try()


def test_failures_count_only_in_a_row() -> None:
    breaker = Breaker(failures=2, seconds=60)
    for _ in range(3):
        breaker.failed()
        breaker.worked()
    assert breaker.may_try()
