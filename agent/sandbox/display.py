"""Displays: a private one that we start, or one that is there already.

`PrivateDisplay` is an Xvfb with an authority cookie of its own and a window manager; nothing of a person's
own desktop can be seen or touched from it. `SharedDisplay` stands for a display that somebody named.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import select
import shutil
import threading
import time
import weakref
from collections.abc import Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from Xlib import X, Xatom
from Xlib.display import Display as XDisplay
from Xlib.error import ConnectionClosedError, DisplayError, XauthError, XError

from agent.errors import AppFailed, DisplayMissing, Missing
from agent.sandbox import xauth
from agent.sandbox.process import Guarded, private_folder

SOCKETS = Path("/tmp/.X11-unix")
MANAGERS = ("openbox",)
_environment = threading.Lock()

OPENBOX = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><name>Clearlooks</name><titleLayout>NLC</titleLayout><animateIconify>no</animateIconify></theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <resize><drawContents>yes</drawContents><popupShow>Never</popupShow></resize>
  <keyboard/>
  <mouse>
    <dragThreshold>4</dragThreshold>
    <context name="Titlebar">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
    </context>
    <context name="Close">
      <mousebind button="Left" action="Click"><action name="Close"/></mousebind>
    </context>
    <context name="Client">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Middle" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Right" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
    </context>
  </mouse>
  <applications>
    <application type="normal"><decor>no</decor><focus>yes</focus><maximized>yes</maximized></application>
    <application type="dialog"><decor>yes</decor><focus>yes</focus></application>
  </applications>
</openbox_config>
"""


class Display(Protocol):
    """What the sandbox needs to know of a display."""

    @property
    def name(self) -> str: ...
    @property
    def private(self) -> bool: ...
    @property
    def scale(self) -> float: ...
    @property
    def xauthority(self) -> Path | None: ...
    @property
    def folder(self) -> Path:
        """A private folder that ends with the display object."""
        ...

    @property
    def notes(self) -> list[str]:
        """What could not be had, to be told to the person."""
        ...

    @property
    def env(self) -> Mapping[str, str]:
        """What an application on this display gets in its environment, the scale included."""
        ...


def socket_of(name: str) -> Path | None:
    """The unix socket of a display of this machine, None if it isn't local or has none."""
    match = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", name)
    path = SOCKETS / f"X{match[1]}" if match else None
    return path if path is not None and path.exists() else None


@contextlib.contextmanager
def connected(display: Display) -> Generator[XDisplay]:
    """A connection to a display; raises DisplayMissing.

    python-xlib takes the cookie's file from the environment only, hence the lock.
    """
    with _environment:
        before = os.environ.get("XAUTHORITY")
        try:
            if display.xauthority is not None:
                os.environ["XAUTHORITY"] = str(display.xauthority)
            connection = XDisplay(display.name)
        except (DisplayError, ConnectionClosedError, XauthError, OSError, OverflowError, ValueError) as error:
            raise DisplayMissing(
                f"display {display.name!r} can't be opened: {error}",
                "name a running X display you may use (echo $DISPLAY), or leave --display out for a private one",
            ) from error
        finally:
            if before is not None:
                os.environ["XAUTHORITY"] = before
            elif display.xauthority is not None:
                os.environ.pop("XAUTHORITY", None)
    try:
        yield connection
    finally:
        with contextlib.suppress(OSError, ConnectionClosedError):
            connection.close()


def scale_environment(scale: float) -> dict[str, str]:
    """How toolkits are told to draw larger.

    The display itself says 96 dpi times the scale (Xft.dpi), which scales GTK's and Qt's letters. GDK_SCALE
    knows whole steps only and doubles what Xft.dpi gave already, hence the inverse in GDK_DPI_SCALE.
    """
    if scale == 1.0:
        return {}
    whole = max(1, int(scale))
    return {
        "GDK_SCALE": str(whole),
        "GDK_DPI_SCALE": f"{1 / whole:.4f}",
        "QT_SCALE_FACTOR": f"{scale:g}",
        "QT_FONT_DPI": "96",
        "QT_ENABLE_HIGHDPI_SCALING": "0",
        "ELM_SCALE": f"{scale:g}",
    }


class SharedDisplay:
    """A display that runs already, for example the person's own desktop."""

    private = False

    def __init__(self, name: str, *, scale: float = 1.0, xauthority: Path | None = None) -> None:
        """Raises DisplayMissing if it can't be opened."""
        self.name = name
        self.scale = scale
        self.notes: list[str] = []
        given = os.environ.get("XAUTHORITY")
        found = xauthority or (Path(given) if given else Path.home() / ".Xauthority")
        self.xauthority: Path | None = found if found.is_file() else None
        cookie = {"XAUTHORITY": str(self.xauthority)} if self.xauthority else {}
        self.env = {"DISPLAY": name} | cookie | scale_environment(scale)
        with connected(self):
            pass
        self.folder = private_folder("deskhand-")
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        # The folder comes to hold a cookie of the display, so it must go also if we are killed.
        self._guard = Guarded(["sleep", "infinity"], env=_plain_environment(), remove=[self.folder])

    def __enter__(self) -> SharedDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove our own folder; the display stays."""
        self._guard.close()
        self._remove()


class PrivateDisplay:
    """A display of our own, for the time of a `with` block.

    with PrivateDisplay((1280, 800), scale=1.5) as display:
        display.name, display.xauthority, display.env
    """

    private = True

    def __init__(self, size: tuple[int, int] = (1280, 800), scale: float = 1.0) -> None:
        """`size` in pixels; `scale` 1.0 to 3.0 is what applications are told to draw at."""
        self.size = size
        self.scale = scale
        self.name = ""
        self.notes: list[str] = []
        self._parts: list[Guarded] = []
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """A private folder that ends with the display."""
        if self._folder is None:
            raise DisplayMissing("the private display has not been started")
        return self._folder

    @property
    def xauthority(self) -> Path:
        return self.folder / "client.auth"

    @property
    def env(self) -> dict[str, str]:
        return {"DISPLAY": self.name, "XAUTHORITY": str(self.xauthority)} | scale_environment(self.scale)

    def __enter__(self) -> PrivateDisplay:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the window manager and the server; applications on it lose their display."""
        for part in reversed(self._parts):
            part.close()
        self._parts.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def alive(self) -> bool:
        """Whether the server still runs."""
        return bool(self._parts) and self._parts[0].returncode is None

    def _start(self) -> None:
        server = shutil.which("Xvfb")
        if server is None:
            raise Missing("Xvfb, the server of private displays, is not installed", "sudo apt-get install xvfb")
        self._folder = private_folder("deskhand-")
        uid = jail_uid()
        cookie = xauth.new_cookie()
        server_file = self._folder / "server.auth"
        xauth.write(server_file, xauth.entries_for(cookie, None))
        if uid is not None:
            os.chown(server_file, uid, uid)
            _make_socket_folder()
        number = self._start_server(server, server_file, uid)
        self.name = f":{number}"
        xauth.write(self.xauthority, xauth.entries_for(cookie, number))
        self._prepare()
        self._start_manager(uid)

    def _start_server(self, server: str, authority: Path, uid: int | None) -> int:
        width, height = self.size
        read, write = os.pipe()
        argv = [server, "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"]
        argv += ["-auth", str(authority), "-nolisten", "tcp", "-noreset", "-dpi", str(round(96 * self.scale))]
        # No screen saver, and no key repeat: on a slow machine a held key must not become two characters.
        argv += ["-s", "0", "-r"]
        try:
            part = Guarded(argv, env=_plain_environment(), pass_fds=[write], uid=uid, polite=1.0, remove=[self.folder])
        finally:
            os.close(write)
        self._parts.append(part)
        with os.fdopen(read, "rb", buffering=0) as pipe:
            text = _read_line(pipe.fileno(), 20.0)
        if not text.strip().isdigit():
            raise DisplayMissing(f"Xvfb did not start: {part.stderr_tail or 'no word from it in 20 seconds'}")
        return int(text)

    def _prepare(self) -> None:
        """Say the resolution to clients and give the empty desktop a quiet colour."""
        with connected(self) as connection:
            root: Any = connection.screen().root
            resources = f"Xft.dpi:\t{round(96 * self.scale)}\nXft.antialias:\t1\nXft.hinting:\t1\n".encode()
            root.change_property(Xatom.RESOURCE_MANAGER, Xatom.STRING, 8, resources)
            root.change_attributes(background_pixel=0x5A6472)
            root.clear_area()
            # Out of the way: a pointer in the middle would raise hover effects and tooltips that nobody asked for.
            root.warp_pointer(self.size[0] - 1, self.size[1] - 1)
            connection.sync()

    def _start_manager(self, uid: int | None) -> None:
        manager = next(filter(None, map(shutil.which, MANAGERS)), None)
        if manager is None:
            self.notes.append("no window manager (sudo apt-get install openbox): windows keep their own size and place")
            return
        config = self.folder / "openbox.xml"
        config.write_text(OPENBOX, encoding="utf-8")
        authority = self.folder / "manager.auth"
        shutil.copyfile(self.xauthority, authority)
        if uid is not None:
            os.chown(authority, uid, uid)
        env = _plain_environment() | {"DISPLAY": self.name, "XAUTHORITY": str(authority), "HOME": str(self.folder)}
        part = Guarded([manager, "--sm-disable", "--config-file", str(config)], env=env, uid=uid, polite=0.3)
        self._parts.append(part)
        until = time.monotonic() + 10.0
        while not manager_runs(self):
            if part.returncode is not None or time.monotonic() > until:
                raise AppFailed(f"the window manager {manager} did not start: {part.stderr_tail}")
            time.sleep(0.01)


def manager_runs(display: Display) -> bool:
    """Whether a window manager has announced itself on the display."""
    with connected(display) as connection:
        root = connection.screen().root
        try:
            found = root.get_full_property(connection.intern_atom("_NET_SUPPORTING_WM_CHECK"), X.AnyPropertyType)
        except XError:
            return False
        return found is not None


def jail_uid() -> int | None:
    """The user that jailed programs run as when we are root: one that owns nothing. None when we aren't root."""
    if os.geteuid() != 0:
        return None
    taken = {user.pw_uid for user in pwd.getpwall()}
    return next(uid for uid in range(64738, 65000) if uid not in taken)


def _make_socket_folder() -> None:
    """As the system does at boot: everybody may add a socket, nobody may remove another's."""
    if not SOCKETS.exists():
        SOCKETS.mkdir()
        SOCKETS.chmod(0o1777)


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"}


def _read_line(descriptor: int, timeout: float) -> str:
    until = time.monotonic() + timeout
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
        data = os.read(descriptor, 64) if ready else b""
        if not data:
            break
        text += data
    return text.decode()
