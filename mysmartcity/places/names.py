"""How an area is called in a sentence, as against in a law."""

import re

_OFFICIAL = re.compile(
    r"^(City of |The City of )|( (Local|District|Metropolitan)( Municipality)?| Municipality)$"
)


def everyday_name(name: str) -> str:
    """`City of Cape Town` as `Cape Town`, `Emalahleni Local Municipality` as `Emalahleni`."""
    return _OFFICIAL.sub("", name).strip() or name
