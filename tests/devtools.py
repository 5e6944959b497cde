"""A headless browser that a test drives over its DevTools protocol, as a person would: keys in, pixels out."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
import pytest
import websocket

from agent.sandbox.browser import CHROMIUMS, FLAGS
from agent.schema import Pixels

_KEYS = {"enter": (13, "Enter", "\r"), "tab": (9, "Tab", ""), "escape": (27, "Escape", "")}


class Refused(Exception):
    """The browser can't do that now."""


class Browser:
    """Chromium without a window, with an empty profile in `folder`; a context manager."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        program = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
        if program is None:
            pytest.skip("no Chromium is installed")
        flags = [*FLAGS, "--headless", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
        command = [program, *flags, f"--window-size={size[0]},{size[1]}", "--remote-allow-origins=*", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._numbers = count(1)
        port = self._port(folder / "DevToolsActivePort")
        browser = websocket.create_connection(f"ws://127.0.0.1:{port[0]}{port[1]}", timeout=30)
        targets = self._call(browser, "Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        browser.close()
        self._page = websocket.create_connection(f"ws://127.0.0.1:{port[0]}/devtools/page/{page}", timeout=30)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._page.close()
        self._process.terminate()
        self._process.wait(20)

    def go(self, url: str) -> None:
        """Open a page and wait until it has loaded; in between there may be no page to ask."""
        self.call("Page.navigate", url=url)
        end = time.monotonic() + 60
        while self._state() != ["complete", url]:
            assert time.monotonic() < end, "the page did not load"
            time.sleep(0.05)

    def _state(self) -> Any:
        try:
            return self.value("[document.readyState, location.href]")
        except Refused:
            return None

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        return self._call(self._page, method, **parameters)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression comes to; promises are waited for."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return told["result"].get("value")

    def type(self, text: str) -> None:
        for character in text:
            self.call("Input.dispatchKeyEvent", type="char", text=character)

    def press(self, key: str) -> None:
        """A key by name: a character, `enter`, `tab`, `escape`, or with `ctrl+` before it."""
        control = key.startswith("ctrl+")
        key = key.removeprefix("ctrl+")
        code, name, text = _KEYS.get(key, (ord(key[0].upper()), key, key))
        common = {"key": name, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
        typed = {} if control or not text else {"text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **common, **typed)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def click(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self) -> Pixels:
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)

    def _call(self, connection: Any, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(connection.recv())
            if told.get("id") == number:
                if "error" in told:
                    raise Refused(str(told["error"]))
                return told["result"]

    def _port(self, file: Path) -> list[str]:
        """Port and path of the protocol, which the browser writes once it listens."""
        end = time.monotonic() + 30
        while not (file.is_file() and len(lines := file.read_text().splitlines()) == 2):
            assert time.monotonic() < end
            assert self._process.poll() is None
            time.sleep(0.05)
        return lines
