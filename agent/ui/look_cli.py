"""`deskhand see` and `deskhand ground`: what is found in a picture or on a display."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import cv2
import numpy as np
import typer
from rich.table import Table

from agent import minds
from agent.app import make_perceiver
from agent.errors import BadInput
from agent.perception.annotate import annotate as draw
from agent.schema import Box, Element, Grounding, Observation, Screenshot
from agent.screen import Screen
from agent.ui.output import Output

if TYPE_CHECKING:
    from agent.minds import Mind
    from agent.planners.embedded.ground import Abstention

Model = Annotated[str, typer.Option(help="A model's name or folder, or its name on the server.")]
Server = Annotated[str, typer.Option(help="An OpenAI-compatible URL.")]


def see(
    image: Annotated[Path | None, typer.Argument(help="A picture of a screen.")] = None,
    display: Annotated[str | None, typer.Option(help="An X display, as :0.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    annotate: Annotated[Path | None, typer.Option(help="Write the picture with the elements marked.")] = None,
    describe: Annotated[bool, typer.Option("--describe", help="Let a model say what is to be seen.")] = False,
    model: Model = "",
    server: Server = "",
) -> None:
    """List the elements that are found: text, controls, their labels and states."""
    if (image is None) == (display is None):
        raise BadInput("name a picture or --display :N (one of both)")
    if (model or server) and not describe:
        raise BadInput("--model and --server name the model of --describe")
    shot = _read(image) if image else _grab(display)
    if describe:
        with minds.opened(model, server) as mind:
            words = described(shot, mind)
        size = [shot.region.width, shot.region.height]
        print(json.dumps({"size": size, "description": words}, ensure_ascii=False) if as_json else words)
        return
    observation = _look(shot)
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
    Output().print(table, markup=False)


def ground(
    image: Annotated[Path, typer.Argument(help="A picture of a screen.")],
    target: Annotated[str, typer.Argument(help="What to click, in words.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    planner: Annotated[str, typer.Option(help="embedded or vision.")] = "embedded",
    model: Model = "",
    server: Server = "",
) -> None:
    """Find what a description means in a picture, or say which candidates there are."""
    from agent.planners.embedded.ground import Abstention, find

    if not target.strip():
        raise BadInput("the description is empty: say what to click")
    if planner not in ("embedded", "vision"):
        raise BadInput(f"--planner {planner}: choose one of embedded, vision")
    if (model or server) and planner != "vision":
        raise BadInput("--model and --server name the mind of --planner vision")
    shot = _read(image)
    if planner == "vision":
        with minds.opened(model, server) as mind:
            found = seen(target, _look(shot), mind)
    else:
        found = find(target, _look(shot))
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


def seen(target: str, observation: Observation, mind: Mind) -> Grounding | Abstention:
    """Where a model sees a target: its point on the whole picture, corrected by text and a closer look."""
    from agent.planners.embedded.ground import Abstention
    from agent.planners.vision.aim import Aimer, AskedCloser, Doubt

    stop, tokens = threading.Event(), mind.options.image_tokens
    whole = AskedCloser(mind.chat, mind.dialect, stop, tokens=tokens, shows="This is the screen.")
    first = whole(target, observation.screenshot)
    if first is None:
        return Abstention("the model named no point")
    try:
        return Aimer(AskedCloser(mind.chat, mind.dialect, stop), image_tokens=tokens)(target, first, observation)
    except Doubt as doubt:
        maybe = [c for c in doubt.found[:4] if c.name]
        return Abstention(
            str(doubt),
            tuple(
                Grounding(target=c.name, point=c.box.center, box=c.box, role=c.role, confidence=c.share) for c in maybe
            ),
        )


def described(shot: Screenshot, mind: Mind) -> str:
    """What a model says of a picture, thinking left out."""
    from agent.pictures import fit
    from agent.talk import ImagePart, Message, Request

    words = "Describe this screen for somebody who can't see it: what it is, what state it is in, what can be done."
    part = ImagePart(pixels=fit(shot.pixels, mind.options.image_tokens))
    sampling = mind.dialect.sampling(thinking=False).model_copy(update={"max_tokens": min(1024, mind.options.answer)})
    request = Request(messages=(Message.of("user", part, words),), sampling=sampling, thinking=False)
    return mind.dialect.read(mind.chat.answer(request, threading.Event())).text


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
