"""The demo's pictures are real JPEGs, the same for a seed, different between seeds."""

import io

import pytest
from PIL import Image

from mysmartcity.demo.pictures import GROUPS, picture
from mysmartcity.issues.models import Group


@pytest.mark.parametrize("group", GROUPS)
def test_a_picture_is_a_small_jpeg_of_its_seed(group: str) -> None:
    first = picture(group, seed=1)
    assert first == picture(group, seed=1)
    assert first != picture(group, seed=2)
    assert len(first) < 200_000
    with Image.open(io.BytesIO(first)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1200, 900))
        assert dict(opened.getexif()) == {}


def test_every_group_of_categories_has_a_picture() -> None:
    assert set(GROUPS) == set(Group.values)


def test_another_group_is_refused() -> None:
    with pytest.raises(KeyError):
        picture("volcano", seed=1)


def test_backdrops_differ() -> None:
    assert len({picture("water", seed=1, backdrop=b) for b in ("hills", "table", "towers")}) == 3
