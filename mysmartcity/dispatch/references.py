"""When two spellings are one reference. Pure; imports nothing of ours.

A reference is a body's own word: it is kept and shown as it was written. People type it in other
letters and with spaces, some systems fill it up with zeros: that is undone for matching only.
"""

MAX_KEY = 300
"""A folded letter may become three."""


def normal_form(reference: str, *, ignores_zeros: bool = False) -> str:
    """What spellings of one reference have in common: no spaces, one case.

    `ignores_zeros`: the body's numbers are filled up with zeros at the front, so `000123` is `123`.
    Where nobody has said so they are two references.
    """
    folded = "".join(reference.casefold().split())
    return (folded.lstrip("0") or folded[:1]) if ignores_zeros else folded


def loose_key(reference: str) -> str:
    """Equal for every two spellings that some body may mean as one: what rows are looked up by."""
    return normal_form(reference, ignores_zeros=True)[:MAX_KEY]
