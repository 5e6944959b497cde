"""What red, green and the like are on the screen: readable on its grounds, and still so as greys."""

from __future__ import annotations

from rich.terminal_theme import TerminalTheme

_NORMAL = ("red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _theme(
    ground: tuple[int, int, int], ink: tuple[int, int, int], faint: tuple[int, int, int],
    **colours: tuple[int, int, int],
) -> TerminalTheme:  # fmt: skip
    shades = [colours.get(name, ink) for name in _NORMAL]
    return TerminalTheme(ground, ink, [ground, *shades, faint], shades)


DARK = _theme(
    (18, 18, 18),
    (224, 224, 224),
    (150, 150, 150),
    red=(255, 115, 135),
    green=(152, 224, 36),
    yellow=(253, 165, 60),
    blue=(130, 170, 255),
    magenta=(225, 150, 255),
    cyan=(88, 209, 235),
)
LIGHT = _theme(
    (224, 224, 224),
    (30, 30, 30),
    (80, 80, 80),
    red=(165, 0, 20),
    green=(15, 92, 15),
    yellow=(118, 70, 0),
    blue=(35, 70, 165),
    magenta=(120, 30, 145),
    cyan=(0, 88, 115),
)
