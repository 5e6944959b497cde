"""`deskhand doctor`: what works on this machine, found by trying it, with the line that mends what does not."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.errors import DeskhandError
from agent.schema import Value

SAMPLE = "Deskhand 2026"
MEND_PYNPUT = 'pip install "deskhand[desktop]"'


class Check(Value):
    """One thing that was tried."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    """The line that mends it; empty where it is ok or nothing can be done."""
    needed: bool = True
    """Whether the main job fails without it."""


def checks() -> list[Check]:
    """Try everything, in the order in which one thing builds on another; takes about three seconds."""
    found = [system(), python(), packages()]
    found.append(_guarded("text recognition", text_recognition, "pip install --force-reinstall rapidocr openvino"))
    if sys.platform == "linux":
        found += [*sandbox(), browser(), fonts()]
    return [
        *found,
        desktop(),
        disk(),
        _guarded("local model", local_model, 'pip install "deskhand[qwen]"', needed=False),
    ]


def render(found: list[Check], console: Console) -> None:
    """Print the checks as a table, what mends them below, and a last line that sums up."""
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in found:
        mark = (
            Text("ok", "green") if check.ok else Text("missing", "bold red") if check.needed else Text("no", "yellow")
        )
        detail = Text(check.detail)
        if check.mend and not check.ok:
            detail.append(f"\nto mend: {check.mend}", "bold")
        table.add_row(mark, check.name, detail)
    console.print(table)
    faults = [check.name for check in found if check.needed and not check.ok]
    if faults:
        console.print(Text(f"\nNot ready: {', '.join(faults)}.", "bold red"))
    else:
        console.print(Text("\nReady: forms can be filled in a private display.", "bold green"))


def _guarded(name: str, test: Callable[[], Check], mend: str, *, needed: bool = True) -> Check:
    """A test whose own failure is a finding."""
    try:
        return test()
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return Check(name=name, ok=False, detail=detail, mend=mend, needed=needed)


def system() -> Check:
    """Linux is what everything works on."""
    name = f"{platform.system()} {platform.release()}, {platform.machine()}"
    if sys.platform == "linux":
        return Check(name="system", ok=True, detail=f"{_distribution()} ({name})")
    works = "`see` and `ground` on pictures work here; `run` needs Linux with X11: private displays, jails"
    hint = " (WSL 2 with Debian)" if sys.platform == "win32" else ""
    return Check(
        name="system", ok=False, detail=f"{name}: {works}", mend=f"use a Linux machine or virtual machine{hint}"
    )


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"


def python() -> Check:
    """The interpreter that runs now."""
    version = platform.python_version()
    ok = sys.version_info >= (3, 11)
    return Check(name="python", ok=ok, detail=f"{version} at {sys.executable}", mend="sudo apt-get install python3.11")


def packages() -> Check:
    """The libraries can be loaded, and two that share a name have not overwritten each other."""
    wrong: list[str] = []
    for name in ("cv2", "numpy", "openvino", "rapidocr", "mss", "pydantic", "rapidfuzz"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            wrong.append(f"{name} ({error})")
    if sys.platform == "linux":
        try:
            version: tuple[int, ...] = importlib.import_module("Xlib").__version__
            if version < (0, 33):
                wrong.append(f"python-xlib {'.'.join(map(str, version))}, which an older package has overwritten")
        except ImportError as error:
            wrong.append(f"python-xlib ({error})")
    mend = f"{sys.executable} -m pip install --force-reinstall deskhand"
    if wrong == [w for w in wrong if "overwritten" in w] and wrong:
        mend = f"{sys.executable} -m pip install --force-reinstall --no-deps python-xlib"
    detail = f"can't be used: {', '.join(wrong)}" if wrong else "all libraries load"
    return Check(name="packages", ok=not wrong, detail=detail, mend=mend)


def text_recognition() -> Check:
    """The models load and read a picture that was drawn for the purpose."""
    import cv2
    import numpy as np

    from agent.perception.text import TextReader

    picture = np.full((80, 360, 3), 255, np.uint8)
    cv2.putText(picture, SAMPLE, (20, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2, cv2.LINE_AA)
    reader = TextReader()
    begin = time.monotonic()
    read = " ".join(line.text for line in reader.read(picture))
    took = (time.monotonic() - begin) * 1000
    ok = "".join(read.split()) == "".join(SAMPLE.split())
    mend = f"{sys.executable} -m pip install --force-reinstall rapidocr openvino"
    return Check(name="text recognition", ok=ok, detail=f"read {read!r} of {SAMPLE!r} in {took:.0f} ms", mend=mend)


def sandbox() -> Iterator[Check]:
    """The private display, its window manager, the jail, and mouse and keyboard from inside it."""
    from agent.sandbox import PrivateDisplay, jail

    manager = shutil.which("openbox")
    where = manager or "openbox is not installed: windows on private displays keep their own size and place"
    yield Check(
        name="window manager", ok=bool(manager), detail=where, mend="sudo apt-get install openbox", needed=False
    )
    try:
        path = jail.check_bubblewrap()
        yield Check(name="jail", ok=True, detail=f"bubblewrap works ({path})")
    except DeskhandError as error:
        yield Check(name="jail", ok=False, detail=str(error), mend=_mend(error))
    begin = time.monotonic()
    try:
        with PrivateDisplay((640, 480)) as display:
            took = (time.monotonic() - begin) * 1000
            yield Check(name="private display", ok=True, detail=f"starts in {took:.0f} ms ({shutil.which('Xvfb')})")
            yield hands(display)
    except DeskhandError as error:
        yield Check(name="private display", ok=False, detail=str(error), mend=_mend(error))


def hands(display: Any) -> Check:
    """A jailed child may move the pointer and press keys: what the executor does."""
    from agent.sandbox import executor_wrap

    code = (
        "import sys; from Xlib import X, display; from Xlib.ext import xtest;"
        "d = display.Display(); d.has_extension('XTEST') or sys.exit('the display has no XTEST extension');"
        "from agent.confine import confine_hands; print(', '.join(confine_hands()) or 'nothing else');"
        "xtest.fake_input(d, X.MotionNotify, x=12, y=34); d.sync(); p = d.screen().root.query_pointer();"
        "sys.exit(0 if (p.root_x, p.root_y) == (12, 34) else 'the pointer did not move')"
    )
    try:
        argv = [*executor_wrap(display), sys.executable, "-c", code]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (DeskhandError, OSError, subprocess.TimeoutExpired) as error:
        return Check(name="mouse and keyboard", ok=False, detail=str(error))
    said = done.stderr.strip().splitlines()
    layers = done.stdout.strip()
    worked = f"a jailed child moves the pointer; below the jail it is held by {layers}"
    detail = worked if done.returncode == 0 else (said[-1] if said else "no word from it")
    return Check(name="mouse and keyboard", ok=done.returncode == 0, detail=detail)


def browser() -> Check:
    """Chromium, or what comes near it, and whether its own sandbox works inside ours."""
    from agent.sandbox.browser import CHROMIUMS, FIREFOXES, MEND, nested_namespaces

    path = next(filter(None, map(shutil.which, (*CHROMIUMS, *FIREFOXES))), None)
    if path is None:
        return Check(name="browser", ok=False, detail="none is installed; --app works without", mend=MEND, needed=False)
    try:
        own = "keeps its own sandbox" if nested_namespaces() else "without its own sandbox (the jail alone holds it)"
    except (DeskhandError, OSError, subprocess.TimeoutExpired):
        own = "whether it keeps its own sandbox is unknown"
    return Check(name="browser", ok=True, detail=f"{path}, {own}", needed=False)


def fonts() -> Check:
    """Letters that no font has are drawn as boxes, and boxes can't be read."""
    lacking: list[str] = []
    for language, name in (("en", "Latin"), ("zh-cn", "Chinese"), ("ja", "Japanese"), ("und-zsye", "emoji")):
        try:
            argv = ["fc-list", f":lang={language}", "family"]
            done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return Check(
                name="fonts",
                ok=False,
                detail="fc-list did not answer",
                mend="sudo apt-get install fontconfig fonts-dejavu-core",
                needed=False,
            )
        if not done.stdout.strip():
            lacking.append(name)
    mend = "sudo apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"
    detail = f"none for {', '.join(lacking)}" if lacking else "Latin, Chinese, Japanese and emoji"
    return Check(name="fonts", ok=not lacking, detail=detail, mend=mend, needed=False)


def desktop() -> Check:
    """The person's own desktop, which only `--display` needs."""
    session = os.environ.get("XDG_SESSION_TYPE", "")
    if session == "wayland" or os.environ.get("WAYLAND_DISPLAY"):
        detail = (
            "Wayland: windows of this desktop can't be seen or driven (only X11 programs under Xwayland take input, "
            "and captures of them are black). Private displays work"
        )
        mend = "log in to an Xorg session to use --display"
        return Check(name="own desktop", ok=False, detail=detail, mend=mend, needed=False)
    name = os.environ.get("DISPLAY", "")
    if not name:
        return Check(name="own desktop", ok=True, detail="none here; private displays need none", needed=False)
    from agent.sandbox import SharedDisplay, connected

    try:
        with SharedDisplay(name) as display, connected(display) as connection:
            drives = bool(connection.has_extension("XTEST"))
    except DeskhandError as error:
        return Check(name="own desktop", ok=False, detail=str(error), mend=_mend(error), needed=False)
    if not drives:
        return Check(
            name="own desktop", ok=False, detail=f"display {name} lacks XTEST: it can only be seen", needed=False
        )
    detail = f"--display {name} can be seen and driven"
    if importlib.util.find_spec("pynput") is None:
        lacks = f"{detail}, but only Ctrl+C stops a run: stop keys and your own mouse are not heard without pynput"
        return Check(name="own desktop", ok=False, detail=lacks, mend=MEND_PYNPUT, needed=False)
    return Check(name="own desktop", ok=True, detail=f"{detail}; stop keys are heard", needed=False)


def local_model() -> Check:
    """What this machine could run, and whether the chosen model is there and whole; `--planner vision` needs one."""
    from agent.models import store
    from agent.models.catalog import recommend
    from agent.models.machine import this_machine

    machine = this_machine()
    choice = recommend(machine)
    about = f"{machine.words()}; suits it: {choice.model or choice.reason}"
    lacking = [name for name in ("torch", "transformers", "xgrammar") if importlib.util.find_spec(name) is None]
    if lacking:
        detail = f"{about}. Only --planner vision needs one; not installed: {', '.join(lacking)}"
        return Check(name="local model", ok=False, detail=detail, mend='pip install "deskhand[qwen]"', needed=False)
    chosen = store.chosen()
    if not chosen:
        mend = f"deskhand models pull {choice.model}" if choice.model else ""
        detail = f"{about}. Only --planner vision needs one; none is chosen"
        return Check(name="local model", ok=False, detail=detail, mend=mend, needed=False)
    try:
        size = store.resolve(chosen).weight_bytes / (1 << 30)
    except DeskhandError as error:
        return Check(name="local model", ok=False, detail=f"{about}. {error}", mend=_mend(error), needed=False)
    return Check(name="local model", ok=True, detail=f"{chosen}, {size:.1f} GiB; {about}", needed=False)


def model_server(url: str, model: str = "") -> Check:
    """A model server answers, sees pictures, calls tools and hits what it is asked to click."""
    from agent.chat.probe import connect
    from agent.chat.server import Server
    from agent.dialects import dialect_for

    try:
        server = Server.at(url)
        facts = connect(server, dialect_for, threading.Event(), model=model).facts
    except DeskhandError as error:
        return Check(name="model server", ok=False, detail=str(error), mend=_mend(error))
    warning = f"; {server.warning}" if server.warning else ""
    return Check(name="model server", ok=True, detail=f"{facts.line} (tried in {facts.seconds:.1f} s){warning}")


def disk() -> Check:
    """A run ends when its trace can't be written."""
    folder = Path("traces") if Path("traces").is_dir() else Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        detail = f"{folder.absolute()} can't be written: {error.strerror}"
        return Check(name="traces", ok=False, detail=detail, mend="name a folder of yours with --trace DIR")
    ok = free > 0.2
    detail = f"{folder.absolute()}, {free:.1f} GB free"
    return Check(name="traces", ok=ok, detail=detail, mend="make room, or name another folder with --trace DIR")


def _mend(error: DeskhandError) -> str:
    return str(getattr(error, "mend", ""))
