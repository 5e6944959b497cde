"""The jail: an application under bubblewrap with one display, an empty home and nothing else of the machine.

What is inside: the system's programs, libraries, fonts and settings (read-only), files that were named
(read-only, or writable where asked), the one X socket with its cookie, an empty home and /tmp in memory.
What is not: any other file, network (but for named HOST:PORT), D-Bus, other displays, other processes, other
people's environment. When we are root, the application runs as a user that owns nothing.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from agent import confine
from agent.errors import BadInput, Missing
from agent.sandbox import xauth
from agent.sandbox.display import SOCKETS, Display, jail_uid, socket_of
from agent.sandbox.relay import Target

HOME = "/home/user"
FOLDERS = (HOME, *(f"{HOME}/{name}" for name in (".cache", ".config", ".local", ".local/share")))
USER = 1000
RUNTIME = f"/run/user/{USER}"
INSIDE = Path(__file__).with_name("inside.py")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu")
CACHES = ("/var/cache/fontconfig", "/var/lib/ghostscript", "/sys/devices/system/cpu")
SEARCH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games:/usr/sbin:/sbin"
BROAD = ("/", "/home", "/root", "/tmp", "/var", "/var/tmp", "/srv", "/mnt", "/media")
"""Folders too broad to let in because one file in them was named."""

MEND_BWRAP = "sudo apt-get install bubblewrap"
MEND_USERNS = (
    "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1 or "
    "kernel.apparmor_restrict_unprivileged_userns=0; in a container: --security-opt seccomp=unconfined)"
)


@dataclass(frozen=True, slots=True)
class Spec:
    """What goes into a jail beside the system."""

    readable: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    sockets: tuple[tuple[Target, Path], ...] = ()
    """Allowed targets and the unix sockets of their relays."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Text files to write inside, by absolute path."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    cwd: str = HOME
    become: bool = False
    """Become the command at once (its pipes are ours) instead of waiting for all its descendants."""


def split(command: Sequence[str] | str) -> list[str]:
    """A command line as a list; raises BadInput if it is empty or its quotes don't close."""
    try:
        argv = shlex.split(command) if isinstance(command, str) else list(command)
    except ValueError as error:
        raise BadInput(f"the command {command!r} can't be read: {error}") from error
    if not argv:
        raise BadInput("the command to run is empty")
    return argv


def find_program(name: str) -> str:
    """The absolute path of a program; raises Missing."""
    found = shutil.which(name, path=None if "/" in name else f"{SEARCH}:{os.environ.get('PATH', '')}")
    if found is None:
        raise Missing(f"the program {name!r} was not found", f"sudo apt-get install {Path(name).name}")
    return os.path.abspath(found)


def named_paths(argv: Sequence[str]) -> list[Path]:
    """Files that a command line names and the system folders don't hold: its program and its arguments.

    A program brings its folder (it may need what stands beside it) unless that folder is broad.
    """
    found: list[Path] = []
    program = Path(argv[0])
    if not _in_system(program):
        folder = program.parent
        found.append(program if _is_broad(folder) else folder)
        if program.resolve() != program and not _in_system(program.resolve()):
            found.append(program.resolve())
    for argument in argv[1:]:
        text = argument.partition("=")[2] if argument.startswith("-") else argument
        path = Path(text.removeprefix("file://"))
        if ("/" in text or "." in text) and _is_there(path) and not _in_system(path.absolute()):
            if _is_broad(path.absolute()):
                raise BadInput(f"{text!r} is too broad to let into the jail: name the files that are needed")
            found.append(path.absolute())
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # Too long for a name, or not one at all: a text.


def _in_system(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in (*SYSTEM, "/proc", "/dev"))


def _is_broad(folder: Path) -> bool:
    return str(folder) in BROAD or folder == Path.home()


def check_shared(folder: Path) -> None:
    """Whether a folder may be the application's to write in: not the system's, and none that holds all that is yours.

    For the time of a run all files in it are given to the jail's user. Raises BadInput.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is not a folder: only folders can be made writable")
    real = folder.resolve()
    if _in_system(real) or _is_broad(real) or any(Path(one).is_relative_to(real) for one in (*SYSTEM, Path.home())):
        raise BadInput(f"{folder} is too broad to be written in by an application: make a folder for it, and name that")


@cache
def check_bubblewrap() -> str:
    """The path of bubblewrap once it has been seen to work; raises Missing."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise Missing("bubblewrap, which makes the jail, is not installed", MEND_BWRAP)
    probe = [bwrap, *_namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0:
        raise Missing(f"bubblewrap can't make a jail on this machine: {done.stderr.strip()}", MEND_USERNS)
    return bwrap


def _namespaces(user: int = USER) -> list[str]:
    """New namespaces for all. As root not the user's: there we become a real unprivileged user instead."""
    arguments = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if jail_uid() is None:
        return ["--unshare-user", "--uid", str(user), "--gid", str(user), *arguments]
    return arguments


def wrap(argv: Sequence[str], display: Display, spec: Spec, folder: Path) -> list[str]:
    """The command line that runs `argv` in a jail on `display`; `folder` holds the jail's own small files."""
    uid = jail_uid()
    renumbered = uid is None and bool(spec.sockets)
    command = [check_bubblewrap(), *_namespaces(0 if renumbered else USER), "--die-with-parent", "--new-session"]
    command += _system() + _display(display, folder) + _identity(folder, spec, uid or USER)
    command += _parents([*_interpreter(), *spec.readable, *spec.writable])
    for path in (*_interpreter(), *spec.readable):
        command += ["--ro-bind", str(path), str(path)]
    for path in spec.writable:
        command += ["--bind", str(path), str(path)]
    for target, socket in spec.sockets:
        command += ["--bind", str(socket), _socket_inside(target)]
    command += ["--ro-bind", str(INSIDE), "/run/inside.py", "--chdir", spec.cwd, "--clearenv"]
    for name, value in (environment(display) | dict(spec.env)).items():
        command += ["--setenv", name, value]
    capabilities = ["CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_SETPCAP"] if uid is not None else []
    if spec.sockets:
        # The last one is what Linux wants of a root that maps itself to another number.
        capabilities += ["CAP_NET_BIND_SERVICE", "CAP_NET_ADMIN", "CAP_SETFCAP"]
    for capability in capabilities:
        command += ["--cap-add", capability]
    inside = {
        "argv": list(argv),
        "user": uid,
        "number": USER if renumbered else None,
        "own": [*FOLDERS, RUNTIME] if uid is not None else [],
        "files": dict(spec.files),
        "addresses": [t.host for t, _ in spec.sockets if _is_foreign_address(t.host)],
        "listen": [[address, t.port, _socket_inside(t)] for t, _ in spec.sockets for address in _addresses(t, spec)],
        "become": spec.become,
        "filter": confine.application_filter(),
    }
    return [*command, "--", _python(), "-I", "-S", "/run/inside.py", json.dumps(inside)]


def _system() -> list[str]:
    arguments: list[str] = []
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), name]
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    arguments += _parents([Path(name) for name in (*CACHES, "/var/tmp")])
    for name in CACHES:
        arguments += ["--ro-bind-try", name, name]
    arguments += ["--proc", "/proc", *_hidden(), "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"]
    arguments += ["--tmpfs", "/home", "--tmpfs", "/run", "--dir", "/run/user"]
    arguments += [argument for folder in FOLDERS for argument in ("--dir", folder)]
    arguments += ["--perms", "0700", "--dir", RUNTIME, "--perms", "1777", "--tmpfs", "/var/tmp"]
    return [*arguments, "--perms", "1777", "--tmpfs", "/tmp", "--dir", str(SOCKETS)]


def _hidden() -> list[str]:
    """Lists of the kernel's keys: their names are shown to all processes of the user who owns them."""
    names = ("/proc/keys", "/proc/key-users")
    return [word for name in names if Path(name).exists() for word in ("--ro-bind", "/dev/null", name)]


def _parents(paths: Sequence[Path]) -> list[str]:
    """The folders above what is let in, empty; bubblewrap would make them for root alone."""
    above = {parent for path in paths for parent in path.parents if str(parent) != "/" and not _in_system(parent)}
    return [argument for parent in sorted(above) for argument in ("--dir", str(parent))]


def _display(display: Display, folder: Path) -> list[str]:
    """The display's socket, and of the authority file only what opens this display."""
    socket = socket_of(display.name)
    if socket is None:
        raise Missing(
            f"display {display.name!r} has no socket in /tmp/.X11-unix that could be passed into the jail",
            "name a display of this machine, such as :0",
        )
    arguments = ["--ro-bind", str(socket), str(socket)]
    if display.xauthority is not None:
        number = socket.name.removeprefix("X").encode()
        own = folder / "jail.auth"
        xauth.write(own, [e for e in xauth.read(display.xauthority) if e.number in (number, b"")])
        # Its owner reads it from outside; inside, the jail's user may.
        own.chmod(0o644)
        arguments += ["--ro-bind", str(own), "/run/client.auth"]
    return arguments


def _identity(folder: Path, spec: Spec, uid: int) -> list[str]:
    """Who we are and whom we know: one user, this machine, and the hosts that were allowed."""
    hosts = ["127.0.0.1 localhost", "::1 localhost ip6-localhost"]
    hosts += [f"{address} {t.host}" for t, _ in spec.sockets if _is_name(t.host) for address in _addresses(t, spec)]
    texts = {
        "/etc/passwd": f"root:x:0:0:root:/root:/bin/sh\nuser:x:{uid}:{uid}:User:{HOME}:/bin/sh\n",
        "/etc/group": f"root:x:0:\nuser:x:{uid}:\n",
        "/etc/hosts": "\n".join(dict.fromkeys(hosts)) + "\n",
    }
    arguments: list[str] = []
    for name, text in texts.items():
        if Path(name).exists():
            own = folder / Path(name).name
            own.write_text(text, encoding="utf-8")
            own.chmod(0o644)
            arguments += ["--ro-bind", str(own), name]
    return arguments


def _addresses(target: Target, spec: Spec) -> list[str]:
    """Where the application inside finds a target: its own address, or one that /etc/hosts gives its name."""
    if target.host == "localhost":
        return ["127.0.0.1"]
    if not _is_name(target.host):
        return [target.host]
    names = sorted({t.host for t, _ in spec.sockets if _is_name(t.host)})
    return [f"127.77.0.{1 + names.index(target.host)}"]


def _is_name(host: str) -> bool:
    return host != "localhost" and ":" not in host and not host.replace(".", "").isdigit()


def _is_foreign_address(host: str) -> bool:
    return not _is_name(host) and host != "localhost" and ":" not in host and not host.startswith("127.")


def _socket_inside(target: Target) -> str:
    return f"/run/net-{target.host.replace(':', '_')}-{target.port}"


def _python() -> str:
    return os.path.realpath(sys.executable)


def _interpreter() -> list[Path]:
    """Our interpreter's own folder, where it isn't part of the system."""
    base = Path(os.path.realpath(sys.base_prefix))
    return [] if _in_system(base) else [base]


def environment(display: Display) -> dict[str, str]:
    """All that a jailed program gets in its environment."""
    language = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    kept = {name: os.environ[name] for name in ("TZ", "LANGUAGE") if name in os.environ}
    return {
        **kept,
        "PATH": SEARCH,
        "HOME": HOME,
        "USER": "user",
        "LOGNAME": "user",
        "SHELL": "/bin/sh",
        "LANG": language if "utf" in language.lower() else "C.UTF-8",
        "XDG_RUNTIME_DIR": RUNTIME,
        "TMPDIR": "/tmp",
        # X alone, drawn by the processor; no buses, no accessibility tree, settings in memory.
        "GDK_BACKEND": "x11",
        "QT_QPA_PLATFORM": "xcb",
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "NO_AT_BRIDGE": "1",
        "GTK_A11Y": "none",
        "GTK_USE_PORTAL": "0",
        "GSETTINGS_BACKEND": "memory",
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        **dict(display.env),
        **({"XAUTHORITY": "/run/client.auth"} if display.xauthority is not None else {}),
    }
