"""Working out what stands on the screen: a sum such as "3 + 4 =", an equation such as "x + 3 = 10"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from agent.planners.embedded.view import reading_order
from agent.schema import Element, Observation
from agent.wording import normalise

_SIGNS = str.maketrans({"×": "*", "·": "*", "∙": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "＋": "+", "＝": "="})
_TERM = re.compile(
    r"\s*([+-]?)\s*(\d+(?:\.\d+)?\s?[a-z](?![a-z])|\d+(?:\.\d+)?|[a-z])(?:\s*([*/])\s*(\d+(?:\.\d+)?))?", re.I
)
_EXPRESSION = re.compile(r"[\d.\s+*/=?()a-z_-]+", re.IGNORECASE)


def worked_out(observation: Observation, unknown: str = "") -> str:
    """The answer to the one sum or equation on the screen; empty if there is none, or more than one."""
    found = {answer for line in _lines(observation) if (answer := answer_of(line, unknown))}
    return found.pop() if len(found) == 1 else ""


def _lines(observation: Observation) -> list[str]:
    """What is written at one height, as one text; alone too."""
    lines = [t for e in observation.elements for t in {e.text, e.label, e.hint} if t]
    texts = [e for e in observation.elements if e.text]
    rows: list[list[Element]] = []
    for e in reading_order([e for e in texts if e.role in ("text", "heading", "link")]):
        last = rows[-1][-1] if rows else None
        if last is not None and abs(last.box.center.y - e.box.center.y) < last.box.height // 2 + 2:
            rows[-1].append(e)
        else:
            rows.append([e])
    return [*lines, *(" ".join(e.text for e in row) for row in rows)]


def answer_of(line: str, unknown: str = "") -> str:
    """The value of "3 + 4 =" or of the unknown in "x + 3 = 10"; empty for all other texts."""
    text = normalise(line).translate(_SIGNS).rstrip(" ?_")
    if not _EXPRESSION.fullmatch(text) or not re.search(r"\d", text):
        return ""
    left, equals, right = text.partition("=")
    if equals and not right.strip():
        # Where nothing is unknown, the letter is the sign.
        left = re.sub(r"(?<=\d)\s*[xX]\s*(?=\d)", "*", left)
        text = left
    letters = {c.lower() for c in re.findall(r"[a-z]", text, re.IGNORECASE)}
    if not letters and equals and re.search(r"\d\s*[-+*/]\s*\d", left) and not right.strip():
        value = _linear(left)
        return _said(value[1]) if value is not None else ""
    if not equals or len(letters) != 1 or (unknown and unknown.lower() not in letters):
        return ""
    sides = _linear(left), _linear(right)
    if sides[0] is None or sides[1] is None or sides[0][0] == sides[1][0]:
        return ""
    return _said((sides[1][1] - sides[0][1]) / (sides[0][0] - sides[1][0]))


def _linear(text: str) -> tuple[Fraction, Fraction] | None:
    """How often the unknown is in a sum of terms, and the rest; None if it is no such sum."""
    factor, rest, place = Fraction(0), Fraction(0), 0
    plain = text.strip()
    while place < len(plain):
        term = _TERM.match(plain, place)
        if term is None or (place and not term[1]):
            return None
        sign = -1 if term[1] == "-" else 1
        number = re.match(r"\d+(?:\.\d+)?", term[2])
        amount = sign * Fraction(number[0] if number else 1)
        if term[3]:
            other = Fraction(term[4])
            if term[3] == "/" and not other:
                return None
            amount = amount * other if term[3] == "*" else amount / other
        if re.search(r"[a-z]", term[2], re.IGNORECASE):
            factor += amount
        else:
            rest += amount
        place = term.end()
    return (factor, rest) if plain else None


def _said(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.10g}"


def numbers_in_order(elements: Sequence[Element], *, falling: bool) -> list[Element]:
    """The elements that show nothing but a number, by their numbers."""
    shown = [(float(e.text or e.label), e) for e in elements if re.fullmatch(r"-?\d+(?:\.\d+)?", e.text or e.label)]
    return [e for _, e in sorted(shown, key=lambda pair: -pair[0] if falling else pair[0])]
