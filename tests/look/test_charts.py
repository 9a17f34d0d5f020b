"""Charts: zero is drawn, small things are seen, figures stand beside them, words are escaped."""

import re

import pytest

from mysmartcity.look import charts
from mysmartcity.look.charts import Series, Step

EVIL = "<script>alert('x')</script>"


def boxes(svg: str, kind: str) -> list[tuple[float, float, float, float]]:
    """x, y, width, height of the bars of a kind."""
    group = re.search(rf'<g class="chart-{kind}">(.*?)</g>', svg)
    assert group
    found = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', group.group(1)
    )
    return [tuple(float(part) for part in one) for one in found]  # type: ignore[misc]


def zero_of(svg: str) -> float:
    found = re.search(r'chart-zero" d="M[\d.]+ ([\d.]+)h', svg)
    assert found
    return float(found.group(1))


@pytest.mark.parametrize("draw", [charts.strip, charts.bars])
def test_heights_are_counts_from_zero(draw) -> None:
    svg = draw([Step(10, 0), Step(0, 0), Step(20, 10)], label="L")
    zero, ok, errors = zero_of(svg), boxes(svg, "ok"), boxes(svg, "error")
    assert [y + height for _x, y, _w, height in ok] == pytest.approx([zero, zero], abs=0.15)
    assert ok[1][3] == pytest.approx(2 * ok[0][3], abs=0.2)
    assert errors[0][3] == pytest.approx(ok[0][3], abs=0.2), "one scale for both directions"
    assert errors[0][1] > zero, "what failed hangs below the line"


def test_one_failure_among_thousands_is_seen() -> None:
    svg = charts.strip([Step(9000, 1)], label="L")
    assert boxes(svg, "error")[0][3] == 2
    assert ">9 000<" in svg
    assert ">1<" in svg


def test_everything_stays_on_the_paper() -> None:
    for steps in ([Step(0, 50)] * 48, [Step(50, 0)] * 48, [Step(3, 400)] * 48, [Step(0, 0)] * 48):
        svg = charts.strip(steps, label="L")
        height = float(re.search(r'viewBox="0 0 \d+ (\d+)"', svg).group(1))  # type: ignore[union-attr]
        for x, y, wide, high in boxes(svg, "ok") + boxes(svg, "error"):
            assert y >= 0
            assert y + high <= height
            assert x + wide <= 288


def test_nothing_is_an_empty_drawing_with_its_line() -> None:
    svg = charts.bars([], label="Nothing") + charts.line([], label="Nothing", say=str)
    assert "<rect" not in svg
    assert svg.count("chart-zero") == 2
    assert charts.strip([], label="").startswith("<svg")


def test_lines_keep_their_gaps_and_names() -> None:
    series = [Series("out", [1, 2, None, 4, None]), Series("in", [None, 3.9, None, 4, 4])]
    svg = charts.line(series, label="L", say=lambda value: f"{value:g} s", ticks=[(0.5, "noon")])
    paths = re.findall(r'is-\d"><path d="([^"]+)"', svg)
    assert [path.count("M") for path in paths] == [2, 2]
    assert ">4 s<" in svg
    assert ">noon<" in svg
    ends = [float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)">', svg)]
    assert abs(ends[0] - ends[1]) >= 14, "no name lies on another"


def test_whatever_is_a_word_comes_out_as_text(render) -> None:
    drawn = [
        charts.strip([Step(1, 1)], label=EVIL),
        charts.bars([Step(1, 1)], label=EVIL, ticks=[(0, EVIL)]),
        charts.line([Series(EVIL, [1, 2])], label=EVIL, say=lambda _value: EVIL),
        render(
            '{% import "look/charts.html" as c %}{{ c.figure(evil, evil, [{"label": evil}], [[evil]]) }}'
            "{{ c.strip(evil, evil, [(evil, 1, 2)]) }}",
            evil=EVIL,
        ),
    ]
    for svg in drawn:
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg


def test_a_table_stands_behind_each(render) -> None:
    html = render(
        '{% import "look/charts.html" as c %}'
        '{{ c.figure("Out", svg, [{"label": "From"}, {"label": "Ok", "number": true}], [["14:00", 3]]) }}',
        svg=charts.bars([Step(3, 0)], label="Out"),
    )
    assert "<table>" in html
    assert '<th scope="row">14:00</th>' in html
    assert 'role="img" aria-label="Out"' in html
