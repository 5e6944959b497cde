"""What a scripted model server says and what it was asked, as values; and a mind that looks at pictures."""

from __future__ import annotations

import base64
import json
import re
import threading
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Calls = tuple[tuple[str, dict[str, Any] | str], ...]


# ---------------------------------------------------------------- answers


@dataclass(frozen=True)
class Say:
    """What a model says. Arguments given as text are sent as they are: malformed, if the text is."""

    text: str = ""
    thinking: str = ""
    calls: Calls = ()
    where: Literal["native", "text", "thinking"] = "native"
    """Where the calls stand: parsed by the server, or left in the words or in the thoughts."""
    xml: bool = False
    """Unread calls are XML, as newer models write them, not JSON."""
    tags: bool = False
    """The server does not split thoughts off."""
    finish: str = ""
    usage: tuple[int, int] | None = (100, 20)
    whole: bool = False
    """One JSON object, though a stream was asked for."""

    def _written(self, name: str, arguments: dict[str, Any] | str) -> str:
        if not self.xml or isinstance(arguments, str):
            return f'{{"name": "{name}", "arguments": {as_json(arguments)}}}'
        values = (f"<parameter={key}>\n{as_json(value)}\n</parameter>\n" for key, value in arguments.items())
        return f"<function={name}>\n{''.join(values)}</function>"

    def spoken(self) -> Say:
        """The same with everything the server leaves unread in its place."""
        said = self
        if said.where != "native" and said.calls:
            written = "".join(f"\n<tool_call>\n{self._written(*call)}\n</tool_call>" for call in said.calls)
            place = "text" if said.where == "text" else "thinking"
            said = replace(said, calls=(), **{place: getattr(said, place) + written})
        if said.tags and said.thinking:
            said = replace(said, thinking="", text=f"{said.thinking}\n</think>\n\n{said.text}")
        return said


@dataclass(frozen=True)
class Status:
    """No answer: a status, with or without words."""

    code: int
    words: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    page: bool = False
    """Words are HTML, as of a proxy."""


@dataclass(frozen=True)
class Cut:
    """The connection ends after so many events of an answer, or in the middle of the next; 0: before any byte."""

    say: Say
    events: int = 1
    inside: bool = False


@dataclass(frozen=True)
class Slow:
    """Each event waits for a permit: `gate.release()` lets one go. `silent`: not even the headers come before."""

    say: Say
    gate: threading.Semaphore
    silent: bool = False


@dataclass(frozen=True)
class Raw:
    """These very bytes as the body; repeated for ever where `endless`."""

    body: bytes
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    endless: bool = False


Reply = Say | Status | Cut | Slow | Raw


# ---------------------------------------------------------------- what was asked


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body.get("messages", [])

    def _parts(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        content = message.get("content") or ""
        return [{"type": "text", "text": content}] if isinstance(content, str) else content

    @property
    def words(self) -> str:
        """All text of all turns."""
        return "\n".join(
            part["text"] for message in self.messages for part in self._parts(message) if part["type"] == "text"
        )

    def pictures(self, *roles: str) -> list[NDArray[np.uint8]]:
        """The pictures of these roles' turns (all, if none is named) as RGB pixels, in order."""
        found: list[NDArray[np.uint8]] = []
        for message in self.messages:
            for part in self._parts(message):
                if part["type"] == "image_url" and (not roles or message["role"] in roles):
                    found.append(decode(part["image_url"]["url"]))
        return found


def decode(url: str) -> NDArray[np.uint8]:
    """A data URL as RGB pixels."""
    head, _, data = url.partition(",")
    assert head == "data:image/png;base64"
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data, validate=True), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture[:, :, ::-1], np.uint8)


# ---------------------------------------------------------------- a mind that looks


HUES = {"red": 0, "green": 60, "blue": 120, "orange": 15, "purple": 142}
"""Hue as OpenCV counts it, 0..180."""


@dataclass
class Eyes:
    """Answers "Left-click the COLOUR ..." by looking for the colour in the last picture that it gets.

    `scale` and `blind` make it a model of another kind; `unseen` roles lose their pictures on the way.
    """

    scale: Literal["thousand", "pixels", "unit", "swapped"] = "thousand"
    blind: bool = False
    off: float = 0.0
    """Share of the width by which it points too far right."""
    unseen: tuple[str, ...] = ()
    thinking: str = "I look for the shape."
    where: Literal["native", "text", "thinking"] = "native"
    xml: bool = False
    tags: bool = False
    patch: int = 32
    floor: int = 0

    def __call__(self, asked: Asked) -> Reply:
        seen = {"user", "tool"} - set(self.unseen)
        pictures = asked.pictures(*seen) if seen else []
        tokens = sum(2 + max(self.floor, (p.shape[0] // self.patch) * (p.shape[1] // self.patch)) for p in pictures)
        usage = (len(asked.words) // 4 + tokens, 30)
        colours = re.findall(r"Left-click the (\w+)", asked.words)
        if not colours:
            return Say(text="Yes.", usage=usage)
        point = self._point(pictures, colours[-1])
        quiet = asked.body.get("chat_template_kwargs", {}).get("enable_thinking") is False
        return Say(
            text="Action: click the shape.",
            thinking="" if quiet and self.where != "thinking" else self.thinking,
            calls=(("computer_use", {"action": "left_click", "coordinate": point}),),
            where=self.where,
            xml=self.xml,
            tags=self.tags,
            usage=usage,
        )

    def _point(self, pictures: list[NDArray[np.uint8]], colour: str) -> list[float]:
        if self.blind or not pictures:
            return [0.5, 0.5] if self.scale == "unit" else [500, 500]
        picture = pictures[-1]
        height, width = picture.shape[:2]
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(int)
        away = np.abs(hsv[:, :, 0] - HUES[colour])
        mask = (np.minimum(away, 180 - away) < 6) & (hsv[:, :, 1] > 120)
        ys, xs = np.nonzero(mask)
        assert len(xs), f"no {colour} in the picture"
        x, y = float(xs.mean()) + self.off * width, float(ys.mean())
        match self.scale:
            case "thousand":
                return [round(x / width * 1000), round(y / height * 1000)]
            case "swapped":
                return [round(y / height * 1000), round(x / width * 1000)]
            case "unit":
                return [round(x / width, 3), round(y / height, 3)]
            case "pixels":
                return [round(x), round(y)]


def as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
