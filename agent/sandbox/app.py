"""Applications: started in a jail (or, on a display that was named, as ourselves), watched, ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError, XError

from agent.errors import AppFailed, BadInput, DisplayMissing, Stopped
from agent.sandbox import jail
from agent.sandbox.display import Display, connected, jail_uid
from agent.sandbox.process import Guarded, private_folder
from agent.sandbox.relay import Relay, Target
from agent.schema import Box


@dataclass(frozen=True, slots=True)
class Window:
    """A window that is on the screen, in desktop pixels."""

    id: int
    title: str
    box: Box


class App:
    """A running application. Context manager: leaving the block ends it."""

    def __init__(
        self,
        name: str,
        process: Guarded,
        display: Display,
        *,
        before: frozenset[int] = frozenset(),
        relays: Sequence[Relay] = (),
        returns: Sequence[_Lent] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.notes = list(notes)
        """What a person should know of how it runs: what was let in, what could not be had."""
        self._process = process
        self._display = display
        self._before = before
        self._relays = relays
        self._returns = returns

    def __enter__(self) -> App:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the guard that the application ends with."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status (128 + N if signal N ended it), None while it runs.

        A program that has handed its window to another process and ended well still runs, as far as anybody can see.
        """
        code = self._process.returncode
        return None if code == 0 and not self._display.private and self._shows() else code

    def _shows(self) -> bool:
        with contextlib.suppress(DisplayMissing):
            return bool(self.windows())
        return False

    @property
    def stderr_tail(self) -> str:
        return self._process.stderr_tail

    @property
    def output(self) -> str:
        """What it has printed to standard output so far."""
        return self._process.output

    def alive(self) -> bool:
        return self.returncode is None

    def wait(self, timeout: float) -> int | None:
        """Wait for its end and return its exit status; None if it still runs."""
        return self._process.wait(timeout)

    def windows(self) -> list[Window]:
        """Its windows on the screen: all of a display but those that were there before it."""
        return [w for w in windows(self._display) if w.id not in self._before]

    def wait_window(self, timeout: float = 30.0, stopped: Callable[[], bool] = lambda: False) -> Window:
        """Wait for its first window; raises AppFailed if it dies first or shows none in `timeout` seconds, Stopped."""
        until = time.monotonic() + timeout
        while True:
            if found := self.windows():
                return found[0]
            code = self.returncode
            if code == 0 and not self._display.private:
                # It may have handed its window over to a process that runs already.
                until = min(until, time.monotonic() + 3.0)
            elif code is not None:
                tail = self.stderr_tail
                said = f"; it said:\n{tail}" if tail else " and said nothing"
                raise AppFailed(f"{self.name} ended before it showed a window (exit status {code}){said}")
            if time.monotonic() > until:
                raise AppFailed(f"{self.name} showed no window in {timeout:g} seconds")
            if stopped():
                raise Stopped(f"stopped before {self.name} showed a window")
            time.sleep(0.02)

    def close(self) -> None:
        """End it and all that it started; what was lent to it is given back."""
        self._process.close()
        for relay in self._relays:
            relay.close()
        for lent in self._returns:
            lent.give_back()


def launch(
    command: Sequence[str] | str,
    display: Display,
    *,
    allow_net: Sequence[str] = (),
    files: Sequence[Path] = (),
    writable: Sequence[Path] = (),
    remove: Sequence[Path] = (),
    inside: jail.Spec | None = None,
    name: str = "",
) -> App:
    """Start an application on a display.

    On a private display, and always when we are root, it runs in the jail; on a display that was named it runs
    as the person who named it. `allow_net`: HOST:PORT that the jail may reach. `files`: let in read-only.
    `writable`: folders where it may write. `remove`: folders to remove when it has ended. Raises Missing (no such
    program, no bubblewrap) and BadInput.
    """
    argv = jail.split(command)
    argv[0] = jail.find_program(argv[0])
    name = name or Path(argv[0]).name
    before = frozenset(w.id for w in windows(display))
    if not display.private and jail_uid() is None:
        # Our own settings, a server's key among them, are no business of the application.
        left_out = ("DISPLAY", "WAYLAND_DISPLAY")
        env = {k: v for k, v in os.environ.items() if k not in left_out and not k.startswith("DESKHAND_")}
        process = Guarded(argv, env=env | dict(display.env), remove=remove)
        return App(name, process, display, before=before, notes=[f"{name} runs outside the jail, as you"])
    return _launch_jailed(argv, display, inside or jail.Spec(), allow_net, files, writable, before, name)


def _launch_jailed(
    argv: list[str],
    display: Display,
    spec: jail.Spec,
    allow_net: Sequence[str],
    files: Sequence[Path],
    writable: Sequence[Path],
    before: frozenset[int],
    name: str,
) -> App:
    targets = list(dict.fromkeys(map(Target.parse, allow_net)))
    named = jail.named_paths(argv)
    read = _resolved([*spec.readable, *files])
    write = _resolved([*spec.writable, *writable])
    for path in write:
        jail.check_shared(path)
    folder = private_folder("deskhand-app-")
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        relays = [Relay(target, folder / f"net-{n}") for n, target in enumerate(targets)]
        for relay in relays:
            undo.callback(relay.close)
        lent: list[_Lent] = []
        for path in write:
            lent.append(_Lent(path))
            undo.callback(lent[-1].give_back)
        spec = replace(
            spec,
            readable=_outermost([*read, *named]),
            writable=tuple(write),
            sockets=tuple((relay.target, relay.path) for relay in relays),
            cwd=_working_folder([*read, *write, *named]) if spec.cwd == jail.HOME else spec.cwd,
        )
        command = jail.wrap(argv, display, spec, folder)
        process = Guarded(command, env={"PATH": jail.SEARCH}, remove=[folder])
        undo.pop_all()
    notes = [f"the jail lets {name} reach {target}" for target in targets]
    notes += [f"the jail lets {name} read {path}" for path in spec.readable]
    notes += [f"the jail lets {name} write to {path}" for path in write]
    return App(name, process, display, before=before, relays=relays, returns=lent, notes=notes)


def _resolved(paths: Sequence[Path]) -> list[Path]:
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise BadInput(f"{missing} does not exist")
    return [path.absolute() for path in paths]


def _outermost(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Without those that others of them hold."""
    unique = dict.fromkeys(paths)
    return tuple(path for path in unique if not any(other in path.parents for other in unique))


def _working_folder(let_in: Sequence[Path]) -> str:
    """Where relative names mean what they mean to us, if something of our folder is inside."""
    here = Path.cwd()
    return str(here) if any(path.is_relative_to(here) for path in let_in) else jail.HOME


class _Lent:
    """A folder that the jail's user may write to, for the time of a run, and that is ours again after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._uid = jail_uid()
        self._owners: dict[Path, tuple[int, int]] = {}
        if self._uid is None:
            return
        try:
            for path in self._all():
                with contextlib.suppress(FileNotFoundError):  # it went meanwhile
                    status = path.lstat()
                    self._owners[path] = (status.st_uid, status.st_gid)
                    os.lchown(path, self._uid, self._uid)
        except OSError as error:
            self.give_back()
            what = error.strerror or error
            raise BadInput(
                f"{folder} can't be given to the application to write in: {error.filename}: {what}"
            ) from error

    def give_back(self) -> None:
        if self._uid is None:
            return
        first = self._owners.get(self._folder, (os.geteuid(), os.getegid()))
        for path in self._all():
            with contextlib.suppress(OSError):
                os.lchown(path, *self._owners.get(path, first))

    def _all(self) -> list[Path]:
        """The folder and what is in it; of files with several names none, since another name may be another's."""
        found = [self._folder]
        for parent, folders, names in os.walk(self._folder):
            for entry in (*folders, *names):
                path = Path(parent, entry)
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
                    found.append(path)
        return found


def windows(display: Display) -> list[Window]:
    """The windows that are on the screen of a display: those the window manager lists, or else all."""
    with connected(display) as connection:
        root = connection.screen().root
        with contextlib.suppress(XError, ConnectionClosedError):
            listed: Any = root.get_full_property(connection.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
            if listed is not None:
                candidates = [connection.create_resource_object("window", number) for number in listed.value]
            else:
                candidates = root.query_tree().children
            return [w for w in (_window(connection, candidate) for candidate in candidates) if w is not None]
    return []


def _window(connection: Any, window: Any) -> Window | None:
    """A window as a value, None if it isn't shown or goes away meanwhile."""
    try:
        attributes = window.get_attributes()
        if attributes.map_state != X.IsViewable or attributes.win_class != X.InputOutput:
            return None
        size = window.get_geometry()
        place = window.translate_coords(connection.screen().root, 0, 0)
        name = window.get_full_property(connection.intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
        title = bytes(name.value).decode("utf-8", "replace") if name else (window.get_wm_name() or "")
    except XError:
        return None
    # translate_coords answers where the root's origin is as seen from the window.
    box = Box(left=-place.x, top=-place.y, width=size.width, height=size.height)
    return Window(int(window.id), str(title), box) if box.area > 16 else None
