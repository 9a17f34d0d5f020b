"""Things that stand, lie or gape in the demo pictures: cones, lamps, cars, bags, holes."""

import math
import random
from typing import Final

from mysmartcity.demo.drawing import Colour, Palette, Pen, Point, shade

STEEL: Final = (104, 112, 120)
WOOD: Final = (112, 82, 60)
BLACK: Final = (40, 42, 48)
WATER: Final = (176, 214, 232)
ORANGE: Final = (232, 112, 44)


def shadow(pen: Pen, centre: Point, size: Point) -> None:
    """A soft dark oval under a thing."""
    pen.oval(centre, size, (20, 22, 36, 70))


def rough(centre: Point, size: Point, *, rng: random.Random, rough: float) -> list[Point]:
    """An uneven ring: the rim of a hole, the edge of a puddle."""
    (x, y), (wide, high) = centre, size
    turns = [2 * math.pi * step / 22 for step in range(22)]
    reach = [rng.uniform(1 - rough, 1) for _ in turns]
    return [
        (x + wide * part * math.cos(turn), y + high * part * math.sin(turn))
        for turn, part in zip(turns, reach, strict=True)
    ]


def cone(pen: Pen, foot: Point) -> None:
    """A traffic cone standing on `foot`."""
    x, y = foot
    shadow(pen, (x + 14, y + 4), (62, 12))
    pen.box((x - 46, y - 10), (x + 46, y + 6), shade(ORANGE, 0.85), radius=4)
    pen.poly([(x - 32, y - 8), (x + 32, y - 8), (x + 8, y - 120), (x - 8, y - 120)], ORANGE)
    pen.poly([(x - 24, y - 40), (x + 24, y - 40), (x + 17, y - 70), (x - 17, y - 70)], (250,) * 3)


def hole(pen: Pen, palette: Palette, *, rng: random.Random, centre: Point, size: Point) -> None:
    """A pothole: broken rim, gravel, sometimes with rain in it."""
    (x, y), (wide, high) = centre, size
    pen.poly(rough(centre, (wide * 1.18, high * 1.2), rng=rng, rough=0.16),
             shade(palette.road, 1.22))  # fmt: skip
    pen.poly(rough(centre, size, rng=rng, rough=0.12), (112, 92, 76))
    inner = (x, y + high * 0.1)
    pen.poly(rough(inner, (wide * 0.86, high * 0.8), rng=rng, rough=0.14), (78, 64, 56))
    pen.poly(rough((x, y + high * 0.2), (wide * 0.66, high * 0.54), rng=rng, rough=0.16),
             (52, 44, 42))  # fmt: skip
    if rng.random() < 0.5:
        pool = (x, y + high * 0.25)
        pen.oval(pool, (wide * 0.58, high * 0.42), (126, 146, 160))
        pen.oval((x - wide * 0.14, pool[1] - 5), (wide * 0.3, high * 0.14), (186, 206, 216))
    for _ in range(16):
        turn, reach = rng.uniform(0, 6.3), rng.uniform(1.1, 1.5)
        at = (x + wide * reach * math.cos(turn), y + high * reach * math.sin(turn))
        stone = rng.uniform(4, 12)
        pen.oval(at, (stone, stone * 0.6), shade(palette.road, rng.uniform(0.6, 0.8)))


def lamp(pen: Pen, *, foot: Point, high: float, is_lit: bool) -> None:
    """A street lamp `high` units tall, burning or dark."""
    x, y = foot
    top = y - high
    reach, thick = high * 0.22, high / 44
    pole: Colour = (74, 80, 98) if is_lit else (126, 132, 150)
    if is_lit:
        light = (255, 214, 140)
        pen.poly([(x + reach, top), (x + reach + 40, top), (x + reach + 190, y + 14),
                  (x + reach - 150, y + 14)], (*light, 34))  # fmt: skip
        pen.oval((x + reach + 20, y + 14), (170, 26), (*light, 70))
    pen.box((x - thick * 1.6, y - 46), (x + thick * 1.6, y), shade(pole, 0.8), radius=3)
    pen.line([(x, y - 20), (x, top + 30)], pole, width=thick)
    pen.curve(((x, top + 34), (x, top), (x + reach, top - 4)), pole, width=thick * 0.8)
    pen.box((x + reach - 8, top - 12), (x + reach + 62, top + 6), shade(pole, 0.9), radius=8)
    if is_lit:
        pen.glow((x + reach + 28, top + 8), 110, (255, 220, 150))
        pen.box((x + reach, top + 4), (x + reach + 54, top + 13), (255, 244, 206), radius=4)
    else:
        pen.box((x + reach, top + 4), (x + reach + 54, top + 14), (46, 50, 66), radius=4)


def car(pen: Pen, at: Point, paint: Colour, *, is_wreck: bool = False) -> None:
    """A small car from the side, its wheels on `at`; a wreck stands on bricks."""
    x, y = at
    glass: Colour = (66, 78, 88) if is_wreck else (150, 186, 204)
    shadow(pen, (x + 180, y + 6), (205, 18))
    pen.poly([(x + 70, y - 86), (x + 122, y - 148), (x + 252, y - 148), (x + 306, y - 86)], paint)
    pen.poly([(x + 90, y - 88), (x + 130, y - 138), (x + 180, y - 138), (x + 180, y - 88)], glass)
    pen.poly([(x + 190, y - 138), (x + 246, y - 138), (x + 286, y - 88), (x + 190, y - 88)], glass)
    pen.box((x, y - 92), (x + 360, y - 24), paint, radius=22)
    pen.box((x + 4, y - 50), (x + 356, y - 24), shade(paint, 0.86), radius=12)
    pen.line([(x + 185, y - 88), (x + 185, y - 34)], shade(paint, 0.76), width=3)
    for wheel in (x + 78, x + 284):
        pen.oval((wheel, y - 30), (44, 44), shade(paint, 0.5))
        if is_wreck:
            for brick in range(3):
                pen.box((wheel - 30, y - 16 - brick * 16), (wheel + 30, y - 2 - brick * 16),
                        (172, 92, 70), radius=2)  # fmt: skip
        else:
            pen.oval((wheel, y - 28), (37, 37), BLACK)
            pen.oval((wheel, y - 28), (17, 17), (176, 182, 188))


def bag(pen: Pen, foot: Point, *, rng: random.Random, size: float = 70) -> None:
    """A tied rubbish bag of about twice `size` across."""
    x, y = foot
    colour = rng.choice((BLACK, (56, 58, 66), (70, 82, 70)))
    pen.poly(rough((x, y - size * 0.6), (size, size * 0.72), rng=rng, rough=0.14), colour)
    pen.poly([(x - 12, y - size * 1.2), (x + 16, y - size * 1.5), (x + 14, y - size * 1.1)], colour)
    pen.oval((x - size * 0.3, y - size * 0.85), (size * 0.26, size * 0.12), shade(colour, 1.7))
