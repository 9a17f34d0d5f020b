"""Pictures of broken things for the demo city, drawn and not downloaded: nobody is in them.

One scene per group of categories. Everything comes from the seed, so the same demo city has the
same pictures on every machine.
"""

import math
import random
from collections.abc import Callable
from typing import Final

from mysmartcity.demo.drawing import (
    DUSK,
    HEIGHT,
    MORNING,
    NOON,
    WIDTH,
    Backdrop,
    Pen,
    Point,
    bush,
    houses,
    shade,
    sky,
    street,
)
from mysmartcity.demo.things import (
    BLACK,
    STEEL,
    WATER,
    WOOD,
    bag,
    car,
    cone,
    hole,
    lamp,
    rough,
    shadow,
)


def picture(group: str, *, seed: int, backdrop: Backdrop = "hills") -> bytes:
    """A JPEG of 1200 x 900 that shows a typical fault of a group of categories (`roads`, `water`,
    `power`, `lights`, `traffic`, `refuse`, `parks`, `safety`), before the `backdrop` that the city
    is known by. KeyError for any other group."""
    draw = _SCENES[group]
    # Not hash(): Python salts it, and every start would draw another city.
    rng = random.Random(f"{group}-{seed}")
    pen = Pen(backdrop=backdrop)
    draw(pen, rng)
    return pen.jpeg(rng=rng)


def _roads(pen: Pen, rng: random.Random) -> None:
    """A road running away from us, with a pothole in our lane."""
    palette = rng.choice((MORNING, NOON))
    sky(pen, palette, rng=rng, horizon=350)
    pen.box((0, 348), (WIDTH, HEIGHT), palette.grass)
    houses(pen, palette, rng=rng, ground=392)
    end = rng.uniform(500, 700)
    pen.box((0, 390), (WIDTH, HEIGHT), palette.grass)
    pen.poly([(end - 70, 388), (end + 70, 388), (1560, HEIGHT), (-360, HEIGHT)], palette.paving)
    pen.poly([(end - 52, 388), (end + 52, 388), (1330, HEIGHT), (-130, HEIGHT)], palette.kerb)
    pen.poly([(end - 48, 388), (end + 48, 388), (1290, HEIGHT), (-90, HEIGHT)], palette.road)
    for near, far in ((0.0, 0.12), (0.2, 0.29), (0.36, 0.43), (0.5, 0.56), (0.64, 0.69)):
        pen.poly([_along(end, part, edge) for part, edge in
                  ((near, -1), (near, 1), (far, 1), (far, -1))], palette.line)  # fmt: skip
    x, y = rng.uniform(330, 470) if rng.random() < 0.5 else rng.uniform(760, 880), 715
    wide = rng.uniform(170, 230)
    hole(pen, palette, rng=rng, centre=(x, y), size=(wide, wide * 0.36))
    if rng.random() < 0.5:
        cone(pen, (x + (wide + 70) * (1 if x < 600 else -1), y + 30))


def _along(end: float, part: float, edge: int) -> Point:
    """A point of the middle line: `part` of the way from us to the horizon, on its `edge`."""
    return 600 + (end - 600) * part + edge * (11 - 10 * part), HEIGHT + (388 - HEIGHT) * part


def _lights(pen: Pen, rng: random.Random) -> None:
    """Evening; two lamps down the street burn, the one in front of us does not."""
    street(pen, DUSK, rng=rng)
    dark = rng.choice((300, 430, 760, 880))
    for x in (dark - 420, dark + 400, dark + 760):
        lamp(pen, foot=(x, 640), high=380, is_lit=True)
    lamp(pen, foot=(dark, 672), high=560, is_lit=False)


def _power(pen: Pen, rng: random.Random) -> None:
    """A pole with a transformer; one of its lines has come down."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    x = rng.uniform(360, 820)
    for height, sag in ((196, 60), (214, 74)):
        for end in (-60, WIDTH + 60):
            pen.curve(
                ((x, height), ((x + end) / 2, height + sag), (end, height - 30)), BLACK, width=4
            )
    shadow(pen, (x + 26, 668), (70, 12))
    pen.box((x - 13, 150), (x + 13, 668), WOOD)
    pen.box((x + 3, 150), (x + 13, 668), shade(WOOD, 0.82))
    pen.box((x - 120, 190), (x + 120, 206), shade(WOOD, 0.9))
    for arm in (-104, -52, 52, 104):
        pen.box((x + arm - 7, 164), (x + arm + 7, 192), (212, 220, 224), radius=4)
    pen.box((x - 62, 268), (x - 6, 368), STEEL, radius=8)
    for rib in range(4):
        pen.box((x - 56 + rib * 13, 284), (x - 50 + rib * 13, 356), shade(STEEL, 0.8))
    side = rng.choice((-1, 1))
    foot = (x + side * rng.uniform(180, 260), 742)
    pen.curve(((x + side * 104, 190), (x + side * 130, 560), foot), BLACK, width=6)
    pen.curve((foot, (foot[0] + side * 60, 790), (foot[0] + side * 150, 752)), BLACK, width=6)
    tip = (foot[0] + side * 150, 752)
    for turn in range(8):
        out = 34 + 16 * (turn % 2)
        to = (tip[0] + out * math.cos(turn * 0.785), tip[1] + out * math.sin(turn * 0.785) * 0.8)
        pen.line([tip, to], (255, 214, 72), width=5)
    pen.oval(tip, (11, 11), (255, 246, 206))


def _water(pen: Pen, rng: random.Random) -> None:
    """A burst pipe at the kerb, and the water running down the road."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    x, y = rng.uniform(400, 800), 660.0
    run = rng.choice((-1, 1))
    pool: list[Point] = [(x - run * 210, 716), (x + run * 100, 712), (x + run * 1200, 730),
            (x + run * 1200, 812), (x + run * 240, 806), (x - run * 140, 770)]  # fmt: skip
    pen.poly(pool, (142, 176, 196))
    for ripple in range(5):
        start = x + run * (ripple * 130 - 40)
        at = 736 + (ripple % 3) * 20
        pen.line([(start, at), (start + run * 90, at + 3)], (206, 228, 238), width=4)
    pen.oval((x, y), (150, 34), (142, 176, 196))
    pen.poly(rough((x, y), (64, 16), rng=rng, rough=0.2), (92, 74, 62))
    for _ in range(46):
        lean, high = rng.gauss(0, 95), rng.uniform(150, 330)
        to = (x + lean * 1.9, y + rng.uniform(-6, 30))
        tint = (*rng.choice((WATER, (206, 230, 240), (236, 246, 250))), 150)
        pen.curve(((x + lean * 0.08, y), (x + lean * 0.7, y - high * 1.9), to), tint, width=6)
    for _ in range(90):
        spot = (x + rng.gauss(0, 110), y - abs(rng.gauss(0, 130)))
        drop = rng.uniform(2, 6)
        pen.oval(spot, (drop, drop * 1.2), (240, 248, 252, 210))


def _traffic(pen: Pen, rng: random.Random) -> None:
    """A robot with no light in it, and cars that do not know whose turn it is."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    for x in (rng.uniform(-40, 60), rng.uniform(840, 900)):
        car(pen, (x, 800), rng.choice(((196, 62, 52), (60, 110, 160), (236, 236, 232))))
    x, lean = rng.uniform(430, 640), rng.choice((0, 0, 46))
    shadow(pen, (x + 20, 676), (64, 12))
    pen.poly([(x - 11, 676), (x + 11, 676), (x + 10 + lean, 250), (x - 10 + lean, 250)], STEEL)
    pen.box((x - 24, 654), (x + 24, 680), shade(STEEL, 0.8), radius=4)
    for shift, top in ((-64, 130), (40, 300)):
        left = x + shift + lean * (0.98 if top < 200 else 0.75)
        high, wide = (260, 112) if top < 200 else (150, 66)
        pen.box((left, top), (left + wide, top + high), (234, 190, 60), radius=14)
        pen.box((left + 7, top + 7), (left + wide - 7, top + high - 7), BLACK, radius=10)
        for number, tint in enumerate(((78, 46, 46), (82, 70, 44), (44, 68, 54))):
            centre = (left + wide / 2, top + high * (0.19 + 0.31 * number))
            size = wide * 0.29
            pen.oval((centre[0], centre[1] - 4), (size * 1.14, size * 1.14), (26, 28, 32))
            pen.oval(centre, (size, size), tint)
            pen.oval((centre[0] - size * 0.3, centre[1] - size * 0.3), (size * 0.3, size * 0.22),
                     (255, 255, 255, 50))  # fmt: skip


def _refuse(pen: Pen, rng: random.Random) -> None:
    """A bin that nobody emptied, with bags and boxes around it."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    x, y = rng.uniform(420, 700), 690.0
    paint = rng.choice(((54, 112, 84), (44, 62, 84), (52, 88, 130)))
    for number in range(rng.randint(4, 6)):
        bag(
            pen,
            (x + (-1, 1)[number % 2] * rng.uniform(110, 270) + 90, y - rng.uniform(0, 30)),
            rng=rng,
        )
    shadow(pen, (x + 92, y + 6), (130, 18))
    for tilt in (-34, 4, 40):
        bag(pen, (x + 90 + tilt, y - 226), rng=rng, size=46)
    pen.poly([(x, y - 240), (x + 184, y - 240), (x + 162, y), (x + 22, y)], paint)
    pen.poly([(x + 124, y - 240), (x + 184, y - 240), (x + 162, y), (x + 118, y)],
             shade(paint, 0.84))  # fmt: skip
    pen.box((x - 12, y - 256), (x + 196, y - 234), shade(paint, 1.15), radius=6)
    pen.poly([(x - 12, y - 256), (x - 92, y - 392), (x - 70, y - 402), (x + 14, y - 256)],
             shade(paint, 0.92))  # fmt: skip
    pen.oval((x + 34, y - 8), (26, 26), BLACK)
    pen.oval((x + 34, y - 8), (11, 11), STEEL)
    for _ in range(3):
        left = x + rng.choice((-1, 1)) * rng.uniform(180, 330) + 60
        box = (left, y + 20), (left + rng.uniform(70, 110), y + rng.uniform(70, 88))
        pen.box(*box, (190, 150, 104), radius=3)
        pen.line(
            [(box[0][0], box[0][1] + 20), (box[1][0], box[0][1] + 20)], (160, 122, 82), width=4
        )


def _parks(pen: Pen, rng: random.Random) -> None:
    """A tree that fell over the pavement and into the road."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    side = rng.choice((-1, 1))
    root = (600 - side * rng.uniform(250, 360), 640.0)
    crown = (root[0] + side * 560, 752.0)
    shadow(pen, ((root[0] + crown[0]) / 2 + side * 150, 806), (330, 34))
    pen.poly(rough((root[0] - side * 14, 668), (96, 24), rng=rng, rough=0.2), (110, 84, 62))
    pen.poly([(root[0], 566), (root[0] + side * 20, 668), (crown[0], 778), (crown[0], 742)], WOOD)
    pen.poly([(root[0] + side * 8, 640), (root[0] + side * 20, 668), (crown[0], 778),
              (crown[0], 764)], shade(WOOD, 0.8))  # fmt: skip
    for turn in range(7):
        lift = -70 + turn * 26
        start = (root[0] + side * 6, 618 + lift * 0.4)
        to = (root[0] - side * rng.uniform(46, 96), 610 + lift)
        pen.curve((start, (root[0] - side * 30, 612 + lift * 0.5), to), shade(WOOD, 0.9), width=9)
    for shift, lift, size in ((0, -20, 104), (96, -96, 92), (120, 24, 100), (196, -30, 84)):
        centre = (crown[0] + side * shift, crown[1] + lift)
        bush(pen, palette, centre=centre, size=size * rng.uniform(0.9, 1.1))
    for _ in range(40):
        at = (crown[0] + rng.gauss(side * 60, 190), rng.uniform(800, 872))
        pen.oval(at, (8, 4), shade(palette.leaf, rng.uniform(0.9, 1.3)))


def _safety(pen: Pen, rng: random.Random) -> None:
    """A car left at the kerb for good: no wheels, broken glass, grass growing round it."""
    palette = rng.choice((MORNING, NOON))
    street(pen, palette, rng=rng)
    x, y = rng.uniform(340, 500), 778.0
    paint = rng.choice(((150, 108, 84), (128, 140, 134), (122, 128, 150)))
    car(pen, (x, y), paint, is_wreck=True)
    for _ in range(7):
        spot = (x + rng.uniform(20, 330), y - rng.uniform(34, 84))
        pen.poly(rough(spot, (rng.uniform(10, 30), 9), rng=rng, rough=0.4), (134, 78, 52))
    hit = (x + 226, y - 112)
    for turn in range(7):
        to = (hit[0] + 26 * math.cos(turn * 0.9), hit[1] + 22 * math.sin(turn * 0.9))
        pen.line([hit, to], (206, 216, 222), width=2)
    for blade in range(44):
        at = x - 20 + blade * 9 + rng.uniform(-4, 4)
        tip = (at + rng.uniform(-9, 9), y - rng.uniform(14, 44))
        pen.line([(at, y + 8), tip], shade(palette.grass, rng.uniform(0.7, 0.95)), width=4)
    for _ in range(12):
        shard = (x + rng.uniform(150, 330), y + rng.uniform(16, 40))
        pen.poly([shard, (shard[0] + 9, shard[1] - 4), (shard[0] + 6, shard[1] + 4)], WATER)


_SCENES: Final[dict[str, Callable[[Pen, random.Random], None]]] = {
    "roads": _roads,
    "lights": _lights,
    "power": _power,
    "water": _water,
    "traffic": _traffic,
    "refuse": _refuse,
    "parks": _parks,
    "safety": _safety,
}
GROUPS: Final = tuple(_SCENES)
"""The groups that have a picture."""
