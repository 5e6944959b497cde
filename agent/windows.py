"""Whose windows are on an X display: which is active, which belong to the application that a task is for."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from agent.schema import Box, Pane, Value

log = logging.getLogger(__name__)

_DEPTH = 5
"""So many windows may be dialogs of one another."""
_SMALL = 16
"""Square pixels up to which a window is nothing that is seen."""


class Standing(Value):
    """What the display tells of its windows."""

    title: str = ""
    """Of the active window."""
    box: Box | None = None
    application: str = ""
    """Its class, such as `Chromium`."""
    own: bool = True
    """Not known to be of another application than the one that the task is for."""
    panes: tuple[Pane, ...] = ()
    """The windows on the screen, the topmost first; empty where all that is there is the application's."""


class Windows:
    """The windows of one display.

    Own are, where Deskhand started the application (`pid`, and `started` for windows that another process shows for
    it), its processes' windows; else those of the application that is active at the first look. Dialogs of an own
    window are own whoever shows them. On a private display everything is.
    """

    def __init__(
        self,
        x: Any,
        *,
        private: bool = True,
        pid: int | None = None,
        started: Callable[[], Iterable[int]] = lambda: (),
    ) -> None:
        self._x, self._private, self._pid, self._started = x, private, pid, started
        self._clients: set[int] = set()
        """X clients (by the base of their resource ids) that are the application."""
        self._processes: set[int] = set() if pid is None else {pid}
        self._known = False

    def standing(self) -> Standing:
        """What is there now. Never raises: windows that close between two requests are ordinary."""
        try:
            active = active_window(self._x)
            if active is None:
                active = focused_window(self._x)
                if active is None or self._private:
                    return Standing(panes=self._panes())
            title, box = describe(self._x, active)
            application = class_of(active)
            if self._private:
                return Standing(title=title, box=box, application=application)
            self._meet(active)
            return Standing(
                title=title, box=box, application=application, own=self._is_own(active, 0), panes=self._panes()
            )
        except Exception:
            log.debug("the windows can't be told", exc_info=True)
            # What isn't known must not pass for the application's where others' windows may be.
            return Standing(own=self._private)

    def _meet(self, active: Any) -> None:
        """At the first look: which clients are the application."""
        if self._known:
            return
        self._known = True
        if self._pid is None:
            self._take(active)
            return
        shown = [self._x.create_resource_object("window", number) for number in self._started()]
        ours = [window for window in shown if self._is_process(window)]
        # A program that runs already may show the window in place of the one that was started.
        for window in ours or shown[:1]:
            self._take(window)

    def _take(self, window: Any) -> None:
        self._clients.add(self._client(window.id))
        if self._pid is None and (pid := self._process(window)) is not None:
            self._processes.add(pid)

    def _client(self, number: int) -> int:
        return number & ~self._x.display.info.resource_id_mask

    def _process(self, window: Any) -> int | None:
        """The process of a window by the X server's own word, which no client can forge."""
        with contextlib.suppress(Exception):
            from Xlib.ext import res

            answer = self._x.res_query_client_ids([{"client": window.id, "mask": res.LocalClientPIDMask}])
            for found in answer.ids:
                if found.spec.mask & res.LocalClientPIDMask and found.value:
                    return int(found.value[0])
        return None

    def _is_process(self, window: Any) -> bool:
        pid = self._process(window)
        return pid is not None and _comes_from(pid, self._processes)

    def _is_own(self, window: Any, depth: int) -> bool:
        if self._client(window.id) in self._clients or self._is_process(window):
            return True
        parent = window.get_wm_transient_for() if depth < _DEPTH else None
        return bool(parent) and parent.id != self._x.screen().root.id and self._is_own(parent, depth + 1)

    def _panes(self) -> tuple[Pane, ...]:
        if self._private:
            return ()
        listed = _listed(self._x)
        windows = [*_unmanaged(self._x, {window.id for window in listed}), *listed]
        return tuple(pane for window in windows if (pane := self._pane(window)) is not None)

    def _pane(self, window: Any) -> Pane | None:
        with contextlib.suppress(Exception):
            from Xlib import X

            attributes = window.get_attributes()
            if attributes.map_state != X.IsViewable or attributes.win_class != X.InputOutput:
                return None
            title, box = describe(self._x, window)
            if box.area > _SMALL:
                return Pane(box=box, title=title, application=class_of(window), own=self._is_own(window, 0))
        return None


def active_window(x: Any) -> Any | None:
    """The active window, None where the display doesn't tell."""
    number = property_of(x, x.screen().root, "_NET_ACTIVE_WINDOW")
    return x.create_resource_object("window", number[0]) if number is not None and len(number) and number[0] else None


def focused_window(x: Any) -> Any | None:
    """The window on the root that has the keyboard's focus, or the pointer where the focus follows it."""
    root = x.screen().root
    window: Any = x.get_input_focus().focus
    if isinstance(window, int) or window.id == root.id:
        window = root.query_pointer().child
        return None if isinstance(window, int) else window
    while (parent := window.query_tree().parent) and parent.id != root.id:
        window = parent
    return window


def describe(x: Any, window: Any) -> tuple[str, Box]:
    """Title and place of a window, in desktop pixels."""
    title = property_of(x, window, "_NET_WM_NAME") or window.get_wm_name() or ""
    if isinstance(title, bytes):
        title = title.decode("utf-8", "replace")
    size = window.get_geometry()
    at = x.screen().root.translate_coords(window, 0, 0)
    return str(title), Box(left=at.x, top=at.y, width=size.width, height=size.height)


def class_of(window: Any) -> str:
    """The second word of WM_CLASS, by which programs of one kind are known."""
    found = window.get_wm_class()
    return str(found[1] or found[0] or "") if found else ""


def property_of(x: Any, window: Any, name: str) -> Any:
    """Value of a window property, or None."""
    from Xlib import X

    found = window.get_full_property(x.intern_atom(name), X.AnyPropertyType)
    return None if found is None else found.value


def _listed(x: Any) -> list[Any]:
    """The windows that the window manager keeps, the topmost first; without one all that lie on the root."""
    root = x.screen().root
    for name in ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"):
        numbers = property_of(x, root, name)
        if numbers is not None:
            return [x.create_resource_object("window", number) for number in reversed(list(numbers))]
    return list(reversed(root.query_tree().children))


def _unmanaged(x: Any, listed: set[int]) -> list[Any]:
    """What lies on the root without the window manager: menus, tips, notices; not the frames of listed windows."""
    found: list[Any] = []
    for window in reversed(x.screen().root.query_tree().children):
        if window.id in listed:
            continue
        with contextlib.suppress(Exception):
            if window.get_attributes().override_redirect and not _frames(window, listed, 0):
                found.append(window)
    return found


def _frames(window: Any, listed: set[int], depth: int) -> bool:
    children = window.query_tree().children
    if any(child.id in listed for child in children):
        return True
    return depth < 2 and any(_frames(child, listed, depth + 1) for child in children)


def _comes_from(pid: int, ancestors: set[int]) -> bool:
    """Whether a process is one of these, or comes from one."""
    while pid > 1:
        if pid in ancestors:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return False
    return False
