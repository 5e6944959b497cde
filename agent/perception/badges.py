"""What only looks like a control: badges and help beside labels, and headings with a rule under them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.perception.blocks import Block
from agent.perception.scene import FIELDS, Control, Scene

_REQUIRED = re.compile(
    r"^\W*(?:required|mandatory|必須|必填|必需|必选|需填|필수|pflichtfeld|pflicht|erforderlich|obligatoire|requis|obligatorio"
    r"|obbligatorio|verplicht|wymagane|påkrævet|obligatorisk)\W*$",
    re.I,
)
_OPTIONAL = re.compile(
    r"^\W*(?:optional|任意|选填|選填|可选|可選|선택|facultatif|optionnel|opcional|facoltativo|optioneel|opcjonalne|valgfri"
    r"|valfritt)\W*$",
    re.I,
)
RULE_ONLY = 0.5
"""The confidence in a field that is drawn as a line only, at most."""
_HELP = frozenset(("i", "?", "？", "ⓘ", "1", "!", "l", ""))


def pin_badges(scene: Scene) -> None:
    """Take from the scene what only marks a label; a label that is marked as required is starred.

    A word is a badge only where a label stands left of it in its row and nothing between: under a field, or straight
    beside one, the same word is a complaint.
    """
    for control in [c for c in scene.controls if c.role in ("button", "icon") or _is_disc(c)]:
        text = "".join(line.text for line in control.inside).strip()
        label = _label_before(scene, control)
        if label is not None and (_is_badge(text) or _is_help(scene, control, text, label)):
            label.starred = label.starred or bool(_REQUIRED.match(text))
            scene.controls.remove(control)
    for block in [b for b in scene.blocks if _is_badge(b.text)]:
        label = _label_before(scene, block)
        if label is not None:
            label.starred = label.starred or bool(_REQUIRED.match(block.text))
            scene.blocks.remove(block)


def free_ruled_headings(scene: Scene) -> None:
    """A heading in large bold letters over a rule is no field that is only a line."""
    for control in [c for c in scene.controls if c.role == "textbox" and c.widget.confidence <= RULE_ONLY]:
        lines = [*control.inside, *([control.floating] if control.floating else [])]
        if len(lines) != 1 or lines[0].ink.size < 1.08 * scene.unit or lines[0].ink.weight < 1.3 * scene.weight:
            continue
        scene.controls.remove(control)
        scene.blocks.append(Block.of(lines))


def _is_badge(text: str) -> bool:
    return bool(_REQUIRED.match(text) or _OPTIONAL.match(text))


def _is_disc(control: Control) -> bool:
    """Whether a round drawing is neither on nor off: no radio button."""
    return control.role == "radio" and control.widget.state.checked is None


def _is_help(scene: Scene, control: Control, text: str, label: Block) -> bool:
    """Whether a small thing close behind a label is the disc or sign that offers help on it, with a field behind."""
    small = max(control.height, control.width) <= 1.7 * scene.unit
    if not small or text not in _HELP or control.left - label.right > 1.5 * scene.unit:
        return False
    return any(
        c.role in FIELDS and c.left >= control.right and c.top < control.middle < c.bottom for c in scene.controls
    )


def _label_before(scene: Scene, mark: Control | Block) -> Block | None:
    """The text that stands left of a mark in its row, with nothing between."""
    level: Sequence[Control | Block] = [
        x
        for x in (*scene.blocks, *scene.controls)
        if x is not mark and x.left < mark.left and x.top < mark.middle < x.bottom and x.right <= mark.left + 2
    ]
    nearest = max(level, key=lambda x: x.right, default=None)
    if not isinstance(nearest, Block) or not any(c.isalpha() for c in nearest.text):
        return None
    return nearest
