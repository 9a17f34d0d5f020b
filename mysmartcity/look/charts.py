"""Charts drawn on the server as SVG: a strip for a table row, bars, and lines. Numbers in, no JavaScript.

Zero is always on the drawing, what went well stands above the line and what failed hangs below it (told
apart without colour), and the figures are written beside the shapes. A table belongs behind each: the
macros in `look/charts.html` take both.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_STRIP: Final = (288, 42)
_BARS: Final = (720, 190)
_LINE: Final = (720, 170)
_EDGE: Final = 48
"""Room at the left for the figures of the axis, at the right for the names of lines."""


@dataclass(frozen=True)
class Step:
    """One step of time: how many went well, and how many did not."""

    ok: int
    errors: int


@dataclass(frozen=True)
class Series:
    """A line with its name; None where nothing was measured."""

    name: str
    points: Sequence[float | None]


@dataclass(frozen=True)
class _Frame:
    """Where bars stand: left edge, width of a step, the zero line, and units for one count."""

    left: float
    step: float
    zero: float
    up: float
    down: float

    def bar(self, place: int, count: int, *, is_error: bool) -> tuple[float, float, float, float]:
        """x, y, width and height; something that happened is never too small to be seen."""
        high = max(2.0, count * (self.down if is_error else self.up))
        x = self.left + place * self.step
        y = self.zero + 1 if is_error else self.zero - high
        return round(x, 1), round(y, 1), round(max(self.step - 1, 1), 1), round(high, 1)


def _number(count: float) -> str:
    """With a thin space between thousands."""
    return f"{count:,.0f}".replace(",", " ")


def _rects(frame: _Frame, counts: Iterable[int], *, is_error: bool) -> SafeString:
    boxes = (
        frame.bar(place, count, is_error=is_error) for place, count in enumerate(counts) if count
    )
    return format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', boxes)


def _both(frame: _Frame, steps: Sequence[Step]) -> SafeString:
    """What went well upwards, what failed downwards, and the zero line between."""
    return format_html(
        '<g class="chart-ok">{}</g><g class="chart-error">{}</g>'
        '<path class="chart-zero" d="M{} {}h{}"/>',
        _rects(frame, [one.ok for one in steps], is_error=False),
        _rects(frame, [one.errors for one in steps], is_error=True),
        frame.left,
        round(frame.zero, 1),
        round(frame.step * len(steps), 1),
    )


def _anchor(x: float, width: float) -> str:
    """Words near an edge grow inwards."""
    return "start" if x < 30 else "end" if x > width - 30 else "middle"


def _peak(frame: _Frame, counts: Sequence[int], *, is_error: bool, width: float) -> SafeString:
    """The largest figure, written at its bar."""
    most = max(counts, default=0)
    if not most:
        return SafeString("")
    x, y, wide, high = frame.bar(counts.index(most), most, is_error=is_error)
    middle = x + wide / 2
    return format_html(
        '<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>',
        "chart-word is-error" if is_error else "chart-word",
        round(middle, 1),
        round(y + high + 9 if is_error else y - 3, 1),
        _anchor(middle, width),
        _number(most),
    )


def _svg(kind: str, size: tuple[float, float], label: str, inside: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart-{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img"'
        ' aria-label="{}">{}</svg>',
        kind,
        *size,
        *size,
        label,
        inside,
    )


def _scaled(
    steps: Sequence[Step], size: tuple[float, float], edges: tuple[float, float, float]
) -> _Frame:
    """One scale for both directions; `edges` are left, top and bottom."""
    left, top, bottom = edges
    most, worst = max((s.ok for s in steps), default=0), max((s.errors for s in steps), default=0)
    room = size[1] - top - bottom
    # Failures get the share of the height that they need; room for their figure is kept in any case.
    share = min(0.85, max(0.2, worst / (most + worst))) if worst else 0.12
    zero = top + room * (1 - share)
    units = [(zero - top) / most if most else 0.0]
    units.append((size[1] - bottom - zero) / worst if worst else units[0])
    one = min(unit for unit in units if unit) if any(units) else 0.0
    return _Frame(left, (size[0] - left) / max(len(steps), 1), zero, one, one)


def strip(steps: Sequence[Step], *, label: str) -> SafeString:
    """A small drawing for a row of a table; `label` says in words what it shows."""
    frame = _scaled(steps, _STRIP, (0.0, 11.0, 9.0))
    words = _peak(frame, [one.ok for one in steps], is_error=False, width=_STRIP[0])
    wrong = _peak(frame, [one.errors for one in steps], is_error=True, width=_STRIP[0])
    return _svg("strip", _STRIP, label, _both(frame, steps) + words + wrong)


def bars(
    steps: Sequence[Step], *, label: str, ticks: Sequence[tuple[float, str]] = ()
) -> SafeString:
    """The same, large. `ticks` are (share of the width, words) below."""
    frame = _scaled(steps, _BARS, (_EDGE, 16.0, 34.0))
    most = max((one.ok for one in steps), default=0)
    axis = _axis(_BARS, frame.zero, [(most, frame.zero - most * frame.up)] if most else [])
    words = _peak(frame, [one.errors for one in steps], is_error=True, width=_BARS[0])
    return _svg("bars", _BARS, label, axis + _both(frame, steps) + words + _ticks(_BARS, ticks))


def line(
    series: Sequence[Series],
    *,
    label: str,
    say: Callable[[float], str],
    ticks: Sequence[tuple[float, str]] = (),
) -> SafeString:
    """Lines over time from zero, each named at its end. A gap stays a gap; `say` writes a figure."""
    width, height = _LINE
    right, top, zero = width - 96, 16.0, height - 26.0
    known = [point for one in series for point in one.points if point is not None]
    most = max(known, default=0.0)
    scale = (zero - top) / most if most else 0.0
    marks = [(most, top)] if most else []
    drawn = [_curve(one, (_EDGE, right), zero, scale) for one in series]
    places = _apart([end for _path, end in drawn])
    inside = format_html_join(
        "",
        '<g class="chart-line is-{}">{}<text x="{}" y="{}">{}</text></g>',
        (
            (number, path, right + 6, round(place, 1), one.name)
            for number, (one, (path, end), place) in enumerate(
                zip(series, drawn, places, strict=True)
            )
            if end is not None and place is not None
        ),
    )
    axis = _axis((right, height), zero, marks, say=say)
    base = format_html('<path class="chart-zero" d="M{} {}h{}"/>', _EDGE, zero, right - _EDGE)
    return _svg("lines", _LINE, label, axis + base + inside + _ticks((right, height), ticks))


def _curve(
    one: Series, across: tuple[float, float], zero: float, scale: float
) -> tuple[SafeString, float | None]:
    """The path of a line and the height at which it ends."""
    wide = (across[1] - across[0]) / max(len(one.points) - 1, 1)
    path, end, is_drawing = [], None, False
    for place, point in enumerate(one.points):
        if point is None:
            is_drawing = False
            continue
        x, y = across[0] + place * wide, zero - point * scale
        # A single measurement between two gaps is a dot: a line of no length with round ends.
        path.append(f"{'L' if is_drawing else 'M'}{x:.1f} {y:.1f}{'' if is_drawing else 'h0.1'}")
        end, is_drawing = y + 4, True
    return format_html('<path d="{}"/>', "".join(path)), end


def _apart(ends: Sequence[float | None], least: float = 14.0) -> list[float | None]:
    """Names at the ends of lines, moved so that none lies on another."""
    order = sorted((end, place) for place, end in enumerate(ends) if end is not None)
    placed: list[float | None] = [None] * len(ends)
    above = float("-inf")
    for end, place in order:
        above = max(end, above + least)
        placed[place] = above
    return placed


def _axis(
    size: tuple[float, float],
    zero: float,
    marks: Sequence[tuple[float, float]],
    *,
    say: Callable[[float], str] | None = None,
) -> SafeString:
    """Zero and the largest figure at the left, with a fine line each."""
    lines = format_html_join(
        "",
        '<path class="chart-grid" d="M{} {}h{}"/><text class="chart-word" x="{}" y="{}"'
        ' text-anchor="end">{}</text>',
        (
            (_EDGE, round(y, 1), round(size[0] - _EDGE, 1), _EDGE - 6, round(y + 4, 1), words)
            for y, words in [(y, (say or _number)(value)) for value, y in marks]
        ),
    )
    none = format_html(
        '<text class="chart-word" x="{}" y="{}" text-anchor="end">0</text>',
        _EDGE - 6,
        round(zero + 4, 1),
    )
    return lines + none


def _ticks(size: tuple[float, float], ticks: Sequence[tuple[float, str]]) -> SafeString:
    return format_html_join(
        "",
        '<text class="chart-word" x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (
                round(_EDGE + share * (size[0] - _EDGE), 1),
                round(size[1] - 4, 1),
                "start" if share < 0.02 else "end" if share > 0.98 else "middle",
                words,
            )
            for share, words in ticks
        ),
    )
