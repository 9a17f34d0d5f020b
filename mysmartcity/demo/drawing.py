"""The pencil and the street that every demo picture starts from. What is broken is in `pictures`."""

import io
import math
import random
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int] | tuple[int, int, int, int]
Point = tuple[float, float]
Backdrop = Literal["hills", "table", "towers"]
"""What stands behind the houses: nothing but hills, a flat-topped mountain, or a city of towers."""

WIDTH: Final = 1200
HEIGHT: Final = 900
_FINE: Final = 2  # drawn at twice the size and scaled down, for smooth edges
_JPEG_QUALITY: Final = 84


@dataclass(frozen=True)
class Palette:
    """The colours of one time of day."""

    sky: tuple[Colour, Colour]
    sun: Colour
    mountain: Colour
    hill: Colour
    grass: Colour
    paving: Colour
    kerb: Colour
    road: Colour
    line: Colour
    leaf: Colour
    walls: tuple[Colour, ...]
    roof: Colour
    window: Colour


MORNING: Final = Palette(
    sky=((133, 190, 219), (246, 226, 196)), sun=(255, 238, 196), mountain=(122, 142, 160),
    hill=(134, 158, 128), grass=(150, 170, 104), paving=(205, 192, 172), kerb=(176, 164, 148),
    road=(98, 98, 106), line=(240, 228, 196), leaf=(88, 128, 82),
    walls=((238, 208, 168), (214, 150, 122), (236, 230, 214), (168, 190, 180)),
    roof=(156, 86, 68), window=(112, 140, 156),
)  # fmt: skip
NOON: Final = Palette(
    sky=((92, 172, 222), (206, 232, 240)), sun=(255, 250, 222), mountain=(112, 136, 156),
    hill=(120, 156, 112), grass=(140, 174, 92), paving=(214, 206, 192), kerb=(186, 178, 166),
    road=(92, 95, 104), line=(244, 240, 226), leaf=(70, 124, 78),
    walls=((246, 226, 176), (226, 138, 110), (244, 242, 234), (136, 182, 190)),
    roof=(166, 82, 62), window=(98, 134, 160),
)  # fmt: skip
DUSK: Final = Palette(
    sky=((38, 48, 86), (216, 132, 108)), sun=(255, 190, 140), mountain=(52, 58, 88),
    hill=(48, 64, 76), grass=(54, 72, 70), paving=(86, 86, 100), kerb=(70, 70, 86),
    road=(44, 46, 60), line=(160, 152, 148), leaf=(38, 60, 62),
    walls=((112, 96, 104), (98, 74, 84), (122, 116, 128), (76, 90, 106)),
    roof=(70, 48, 58), window=(250, 206, 124),
)  # fmt: skip


def shade(colour: Colour, by: float) -> Colour:
    """A colour made darker (below 1) or lighter (above 1)."""
    red, green, blue = (min(255, max(0, round(part * by))) for part in colour[:3])
    return red, green, blue


class Pen:
    """Draws in a field of 1200 x 900, whatever the picture's real size."""

    def __init__(self, *, backdrop: Backdrop) -> None:
        self.backdrop = backdrop
        self.picture = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE))
        self._draw = ImageDraw.Draw(self.picture, "RGBA")

    def poly(self, points: list[Point], colour: Colour) -> None:
        """A filled shape."""
        self._draw.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=colour)

    def box(self, start: Point, end: Point, colour: Colour, *, radius: float = 0) -> None:
        """A filled rectangle, with round corners if asked."""
        corners = (start[0] * _FINE, start[1] * _FINE, end[0] * _FINE, end[1] * _FINE)
        self._draw.rounded_rectangle(corners, radius * _FINE, fill=colour)

    def oval(self, centre: Point, size: Point, colour: Colour) -> None:
        """A filled ellipse of half-axes `size`."""
        (x, y), (wide, high) = centre, size
        corners = ((x - wide) * _FINE, (y - high) * _FINE, (x + wide) * _FINE, (y + high) * _FINE)
        self._draw.ellipse(corners, fill=colour)

    def line(self, points: list[Point], colour: Colour, *, width: float) -> None:
        """A stroke with round bends."""
        scaled = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * _FINE), joint="curve")

    def curve(self, points: tuple[Point, Point, Point], colour: Colour, *, width: float) -> None:
        """A stroke that bends from the first to the third point, drawn towards the second."""
        (x0, y0), (x1, y1), (x2, y2) = points
        steps = [step / 30 for step in range(31)]
        self.line(
            [
                (
                    (1 - t) ** 2 * x0 + 2 * t * (1 - t) * x1 + t * t * x2,
                    (1 - t) ** 2 * y0 + 2 * t * (1 - t) * y1 + t * t * y2,
                )
                for t in steps
            ],
            colour,
            width=width,
        )

    def glow(self, centre: Point, radius: float, colour: Colour) -> None:
        """Light that fades outwards."""
        for part in range(12, 0, -1):
            size = radius * part / 12
            self.oval(centre, (size, size), (*colour[:3], 16))

    def jpeg(self, *, rng: random.Random) -> bytes:
        """The picture as a camera would send it: a little grain, no metadata."""
        small = self.picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        tile = Image.frombytes("L", (150, 150), bytes(rng.choices(range(118, 139), k=22_500)))
        grain = Image.new("L", small.size)
        for x in range(0, WIDTH, 150):
            for y in range(0, HEIGHT, 150):
                grain.paste(tile, (x, y))
        grain = grain.filter(ImageFilter.GaussianBlur(0.6))
        mixed = Image.blend(small, Image.merge("RGB", (grain,) * 3), 0.05)
        out = io.BytesIO()
        mixed.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
        return out.getvalue()


def sky(pen: Pen, palette: Palette, *, rng: random.Random, horizon: float) -> None:
    """Sky, sun, clouds, the backdrop and hills before it, down to `horizon`."""
    top, low = palette.sky
    rows = 90
    for row in range(rows):
        part = row / (rows - 1)
        red, green, blue = (
            round(a + (b - a) * part) for a, b in zip(top[:3], low[:3], strict=True)
        )
        start = horizon * row / rows
        pen.box((0, start), (WIDTH, start + horizon / rows + 1), (red, green, blue))
    sun = (rng.uniform(150, 1050), rng.uniform(90, horizon * 0.6))
    pen.glow(sun, 120, palette.sun)
    pen.oval(sun, (42, 42), palette.sun)
    for _ in range(rng.randint(2, 3)):
        x, y = rng.uniform(80, 1050), rng.uniform(50, horizon * 0.45)
        for shift, size in ((-60, 22), (-20, 34), (26, 28), (64, 18)):
            pen.oval((x + shift, y - size * 0.4), (size * 1.5, size * 0.7), shade(low, 1.08))
    if pen.backdrop == "table":
        _mountain(pen, palette, rng=rng, horizon=horizon)
    elif pen.backdrop == "towers":
        _towers(pen, palette, rng=rng, horizon=horizon)
    _hills(pen, palette, rng=rng, horizon=horizon)


def _mountain(pen: Pen, palette: Palette, *, rng: random.Random, horizon: float) -> None:
    left, wide, top = rng.uniform(-100, 300), rng.uniform(520, 760), horizon * rng.uniform(0.5, 0.6)
    table = [
        (left - 240, horizon), (left - 60, horizon * 0.82), (left + 30, top + 14),
        (left + 80, top), (left + wide * 0.5, top + 5), (left + wide, top - 3),
        (left + wide + 50, top + 40), (left + wide + 170, horizon * 0.84),
        (left + wide + 360, horizon),
    ]  # fmt: skip
    pen.poly(table, palette.mountain)
    for fold in range(5):
        x = left + 90 + wide * fold / 5
        pen.poly(
            [(x, top + 6), (x + 34, top + 6), (x + 60, horizon), (x - 40, horizon)],
            (*shade(palette.mountain, 0.9)[:3], 120),
        )


def _towers(pen: Pen, palette: Palette, *, rng: random.Random, horizon: float) -> None:
    """A skyline far off: blocks, one round tower and one mast."""
    x = rng.uniform(40, 240)
    end = x + rng.uniform(560, 760)
    mast = rng.uniform(x + 100, end - 100)
    pen.box((mast - 5, horizon - 300), (mast + 5, horizon), palette.mountain)
    pen.oval((mast, horizon - 236), (19, 15), palette.mountain)
    while x < end:
        middle = 1 - abs(x - (end - 340)) / 700
        wide, high = rng.uniform(34, 70), rng.uniform(60, 190) * middle + 40
        wall = shade(palette.mountain, rng.uniform(0.9, 1.14))
        pen.box((x, horizon - high), (x + wide, horizon), wall)
        for row in range(int(high // 16)):
            top = horizon - high + 8 + row * 16
            pen.box((x + 7, top), (x + wide - 7, top + 5), shade(wall, 1.12))
        x += wide + rng.uniform(-8, 12)


def _hills(pen: Pen, palette: Palette, *, rng: random.Random, horizon: float) -> None:
    phase = rng.uniform(0, 6)
    if pen.backdrop == "hills":
        far = [(x, horizon - 92 - 40 * math.sin(x / 310 + phase)) for x in range(0, 1220, 20)]
        far_colour = shade(palette.mountain, 1.1)
        pen.poly([(0, horizon), *far, (WIDTH, horizon)], far_colour)
    ridge = [
        (x, horizon - 34 - 26 * math.sin(x / 190 + phase) - 9 * math.sin(x / 57 + phase))
        for x in range(0, WIDTH + 20, 20)
    ]
    pen.poly([(0, horizon), *ridge, (WIDTH, horizon)], palette.hill)


def houses(pen: Pen, palette: Palette, *, rng: random.Random, ground: float) -> None:
    """A row of low houses with roofs, doors and windows, standing on `ground`."""
    x = rng.uniform(-120, -20)
    while x < WIDTH:
        wide, high = rng.uniform(190, 270), rng.uniform(95, 130)
        wall = rng.choice(palette.walls)
        pen.box((x, ground - high), (x + wide, ground), wall)
        pen.box((x, ground - 14), (x + wide, ground), shade(wall, 0.86))
        pen.poly(
            [
                (x - 16, ground - high), (x + 34, ground - high - 58),
                (x + wide - 34, ground - high - 58), (x + wide + 16, ground - high),
            ],
            shade(palette.roof, rng.uniform(0.86, 1.12)),
        )  # fmt: skip
        door = x + wide * 0.46
        pen.box((door, ground - 72), (door + 34, ground), shade(palette.roof, 0.8), radius=2)
        for window in (x + wide * 0.14, x + wide * 0.74):
            pen.box((window - 4, ground - 76), (window + 46, ground - 32), shade(wall, 1.12))
            pen.box((window, ground - 72), (window + 42, ground - 36), palette.window)
            pen.line([(window + 21, ground - 72), (window + 21, ground - 36)], wall, width=3)
        x += wide + rng.uniform(28, 90)
        if rng.random() < 0.6:
            bush(pen, palette, centre=(x - 24, ground - 16), size=rng.uniform(24, 40))


def bush(pen: Pen, palette: Palette, *, centre: Point, size: float) -> None:
    """A round bush or a crown of leaves, lighter where the sun falls."""
    x, y = centre
    for shift, lift, part in ((-0.6, 0.2, 0.7), (0.6, 0.25, 0.65), (0, -0.2, 0.9)):
        pen.oval((x + shift * size, y + lift * size), (size * part, size * part), palette.leaf)
    light = shade(palette.leaf, 1.14)
    pen.oval((x - size * 0.16, y - size * 0.4), (size * 0.5, size * 0.42), light)


def street(pen: Pen, palette: Palette, *, rng: random.Random) -> None:
    """A street seen from across it: houses, grass verge, pavement, kerb and tar."""
    sky(pen, palette, rng=rng, horizon=480)
    pen.box((0, 478), (WIDTH, 620), palette.grass)
    houses(pen, palette, rng=rng, ground=540)
    pen.box((0, 540), (WIDTH, 590), palette.grass)
    pen.box((0, 586), (WIDTH, 690), palette.paving)
    for x in range(rng.randint(-60, 0), WIDTH, 120):
        pen.line([(x + 30, 588), (x, 690)], shade(palette.paving, 0.93), width=3)
    pen.box((0, 690), (WIDTH, 712), palette.kerb)
    pen.box((0, 708), (WIDTH, HEIGHT), palette.road)
    pen.box((0, 708), (WIDTH, 718), shade(palette.road, 0.85))
    for x in range(rng.randint(-200, 0), WIDTH, 260):
        pen.poly([(x, 842), (x + 130, 842), (x + 118, 856), (x - 12, 856)], palette.line)
