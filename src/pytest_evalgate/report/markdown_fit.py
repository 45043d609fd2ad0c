"""A text of parts that fits a budget: what matters least is left out first, and it is said."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a text made of items, of which the last may be left out."""

    size: int = 0  # how many items there are; 0 for a part that always stays
    render: Callable[[int], str]  # the text with the first items only
    noun: str = "item"  # what the items are, in the singular


Step = tuple[str, int]  # a part by its name, and how many more of its items go


def fitted(parts: dict[str, Part], *, order: Sequence[Step], budget: int | None) -> str:
    """Join ``parts``, each a paragraph, in at most ``budget`` bytes of UTF-8.

    Args:
        parts: By name, in the order of the text. A part without items always stays.
        order: What gives way, first things first.
        budget: None for no limit. Where even the parts that always stay are longer, the first
            of them stays alone.
    """
    steps = [name for name, count in order for _ in range(count)]

    def text(dropped: int) -> str:
        lost = Counter(steps[:dropped])
        return _joined(parts, lost)

    whole = text(0)
    if budget is None or _size(whole) <= budget:
        return whole
    low, high = 0, len(steps)  # the fewest that have to go lie in (low, high]
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _size(text(middle)) <= budget else (middle, high)
    least = text(high)
    if _size(least) <= budget:
        return least
    first = next(iter(parts.values()))
    return f"{first.render(0)}\n"


def _joined(parts: dict[str, Part], lost: Counter[str]) -> str:
    texts: list[str] = []
    for name, part in parts.items():
        texts.append(part.render(part.size - lost[name]))
        if lost[name]:
            noun = part.noun if lost[name] == 1 else f"{part.noun}s"
            texts.append(f"{lost[name]} more {noun} in the evidence.")
    return "\n\n".join(filter(None, texts)) + "\n"


def _size(text: str) -> int:
    return len(text.encode())
