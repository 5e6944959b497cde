"""`deskhand see` and `deskhand ground`: what is found in a picture or on a display."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from agent.app import make_perceiver
from agent.errors import BadInput
from agent.perception.annotate import annotate as draw
from agent.schema import Box, Element, Observation, Screenshot
from agent.screen import Screen


def see(
    image: Annotated[Path | None, typer.Argument(help="A picture of a screen.")] = None,
    display: Annotated[str | None, typer.Option(help="An X display, as :0.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    annotate: Annotated[Path | None, typer.Option(help="Write the picture with the elements marked.")] = None,
) -> None:
    """List the elements that are found: text, controls, their labels and states."""
    if (image is None) == (display is None):
        raise BadInput("name a picture or --display :N (one of both)")
    observation = _look(_read(image) if image else _grab(display))
    if annotate:
        picture = cv2.cvtColor(draw(observation.screenshot, observation.elements), cv2.COLOR_RGB2BGR)
        if not _write(annotate, picture):
            raise BadInput(f"{annotate}: the picture can't be written there (a folder that exists and .png, .jpg?)")
    if as_json:
        region = observation.screenshot.region
        print(
            json.dumps(
                {"size": [region.width, region.height], "elements": [as_dict(e) for e in observation.elements]},
                ensure_ascii=False,
            )
        )
        return
    table = Table("Id", "Role", "Text", "Label", "Box", "State")
    for element in observation.elements:
        state = ", ".join(f"{k}={v}" for k, v in _state(element).items())
        box = " ".join(map(str, element.box.as_list()))
        table.add_row(str(element.id), element.role, element.text, element.label, box, state)
    Console().print(table, markup=False)


def ground(
    image: Annotated[Path, typer.Argument(help="A picture of a screen.")],
    target: Annotated[str, typer.Argument(help="What to click, in words.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find what a description means in a picture, or say which candidates there are."""
    from agent.planners.embedded.ground import Abstention, find

    if not target.strip():
        raise BadInput("the description is empty: say what to click")
    found = find(target, _look(_read(image)))
    if isinstance(found, Abstention):
        answer: dict[str, Any] = {
            "point": None,
            "box": None,
            "confidence": 0.0,
            "source": None,
            "abstained": True,
            "candidates": list(found.candidates),
        }
        line = f"not found for certain: {found.reason} {'; '.join(found.candidates)}"
    else:
        answer = {
            "point": [found.point.x, found.point.y],
            "box": found.box.as_list(),
            "confidence": round(found.confidence, 3),
            "source": found.source,
            "abstained": False,
            "candidates": [],
        }
        line = f"{found.target} at {found.point.x},{found.point.y} (confidence {found.confidence:.2f}, {found.source})"
    print(json.dumps(answer, ensure_ascii=False) if as_json else line)
    raise typer.Exit(1 if answer["abstained"] else 0)


def as_dict(element: Element) -> dict[str, Any]:
    """The contract of `see --json`: exactly these names."""
    return {
        "id": element.id,
        "role": element.role,
        "text": element.text,
        "label": element.label,
        "box": element.box.as_list(),
        "state": _state(element),
        "confidence": round(element.confidence, 3),
    }


def _state(element: Element) -> dict[str, Any]:
    return element.state.model_dump(exclude_none=True)


def _look(shot: Screenshot) -> Observation:
    return make_perceiver().look(shot, None, (shot.region,))


def _grab(display: str | None) -> Screenshot:
    screen = Screen(display)
    try:
        return screen.grab()
    finally:
        screen.close()


def _read(path: Path) -> Screenshot:
    if not path.is_file():
        raise BadInput(f"{path}: there is no such picture")
    data = np.fromfile(path, dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise BadInput(f"{path}: not a picture that can be read (PNG, JPEG, WebP or BMP)")
    pixels = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    return Screenshot(pixels=pixels, region=Box(left=0, top=0, width=pixels.shape[1], height=pixels.shape[0]))


def _write(path: Path, picture: Any) -> bool:
    try:
        return bool(cv2.imwrite(str(path), picture))
    except cv2.error:
        return False
