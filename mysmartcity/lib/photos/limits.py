"""The numbers that every photo is held to, and the sizes we keep. Nothing here acts on them."""

from typing import Final, Literal

Size = Literal["list", "page", "zoom"]

MAX_BYTES: Final = 12 * 1024 * 1024
"""Largest file we take in. The best phones write 4 to 11 MB for their biggest pictures."""

MAX_PIXELS: Final = 50_000_000
"""Most pixels we decode: the 48 to 50 megapixel cameras of today's phones still fit."""

MAX_WEBP_PIXELS: Final = 20_000_000
"""The same for WebP, whose decoder holds four copies of the picture (16 bytes a pixel): at 50
million pixels it would need 800 MB. No camera writes WebP; screenshots have 2 to 8 million."""

MAX_PHOTOS: Final = 5
"""Photos that one report or comment may carry. The caller counts, and refuses by "too_many"."""

MAX_SIDE: Final[dict[Size, int]] = {"list": 320, "page": 1024, "zoom": 2048}
"""Longest side in pixels of each picture we keep. Smaller photos are never blown up."""

QUALITY: Final[dict[Size, int]] = {"list": 70, "page": 72, "zoom": 76}
"""WebP quality of each. Small pictures are looked at in a list, the zoom one is evidence."""
