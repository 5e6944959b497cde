"""The proof of the sandbox: every way out that we can think of is tried, in the jail and, as the control, outside.

Outside each attempt must succeed (or it says nothing), inside the application's jail, inside the executor's, and
behind what the executor's child gives up for itself, it must fail. tests/intruder.py makes the attempts.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from Xlib import X

from agent.confine import calls, machine
from agent.executor import Executor
from agent.sandbox import PrivateDisplay, connected, executor_wrap, launch, xauth
from agent.sandbox.display import socket_of
from tests import intruder

pytestmark = pytest.mark.display

SOURCE = Path(intruder.__file__).read_text(encoding="utf-8")
NAMES = tuple(intruder.ATTEMPTS)
HANDS_ONLY = ("display_anew", "start_process", "start_program")
"""What applications may: open their display, start programs."""
NOT_BY_ITSELF = ("see_process", "environment", "inherited_files", "keyring_names", "devices")
"""What the jail hides, and what nobody can give up for himself."""
CALLS = "ptrace process_vm_readv pidfd_getfd keyctl add_key bpf perf_event_open io_uring_setup userfaultfd"

VICTIM = f"""
import ctypes, time
libc = ctypes.CDLL(None)
libc.prctl(0x59616D61, ctypes.c_long(-1), 0, 0, 0)
kept = ctypes.create_string_buffer(b"{intruder.MARK}")
print(ctypes.addressof(kept), flush=True)
time.sleep(4711)
"""


@pytest.fixture(scope="module")
def world() -> Iterator[dict[str, Any]]:
    """What there is to be reached on this machine; all of it is made here."""
    with contextlib.ExitStack() as stack:
        tmp = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proof-", dir="/tmp")))
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proof-", dir=Path.home())))
        for folder in (tmp, home):
            folder.chmod(0o777)
            (folder / "secret").write_text(intruder.MARK)
        facts = _network(stack, tmp) | _buses(stack, tmp) | _process(stack) | _kernel(stack)
        facts |= {"home_file": str(home / "secret"), "tmp_file": str(tmp / "secret"), "tmp_folder": str(tmp)}
        programs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="programs-", dir="/tmp")))
        programs.chmod(0o755)
        program = programs / "id"
        shutil.copyfile(str(shutil.which("id")), program)
        program.chmod(0o4755)
        facts["setuid"] = str(program)
        yield facts


@pytest.fixture(scope="module")
def other() -> Iterator[PrivateDisplay]:
    """Another display, as the person's own would be, with something in its clipboard."""
    with PrivateDisplay((320, 240)) as display, connected(display) as connection:
        window = connection.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        window.set_selection_owner(connection.intern_atom("CLIPBOARD"), X.CurrentTime)
        connection.sync()
        yield display


@pytest.fixture(scope="module")
def own() -> Iterator[PrivateDisplay]:
    with PrivateDisplay((320, 240)) as display:
        yield display


@pytest.fixture(scope="module")
def facts(world: dict[str, Any], other: PrivateDisplay, own: PrivateDisplay) -> dict[str, Any]:
    return world | {
        "display": str(socket_of(other.name)),
        "cookie": _cookie(other),
        "own_display": str(socket_of(own.name)),
        "own_cookie": _cookie(own),
    }


def _cookie(display: PrivateDisplay) -> str:
    return xauth.read(display.xauthority)[0].data.hex()


def _network(stack: contextlib.ExitStack, tmp: Path) -> dict[str, Any]:
    run = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="proof-", dir="/run" if _root() else "/tmp")))
    run.chmod(0o755)
    abstract = f"{intruder.MARK}-{os.getpid()}"
    tcp = _serve(stack, socket.AF_INET, ("0.0.0.0", 0))
    paths = {"socket": str(tmp / "socket"), "run_socket": str(run / "socket")}
    for where in (f"\0{abstract}", *paths.values()):
        _serve(stack, socket.AF_UNIX, where)
    for path in paths.values():
        os.chmod(path, 0o666)
    try:
        six = _serve(stack, socket.AF_INET6, ("::1", 0)).getsockname()[1]
    except OSError:
        six = 0
    return paths | {
        "port": tcp.getsockname()[1],
        "port_6": six,
        "udp": _serve(stack, socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM).getsockname()[1],
        "address": _address(),
        "abstract": abstract,
    }


def _serve(stack: contextlib.ExitStack, family: int, where: Any, kind: int = socket.SOCK_STREAM) -> socket.socket:
    sock = stack.enter_context(socket.socket(family, kind))
    sock.bind(where)

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                if kind == socket.SOCK_DGRAM:
                    sock.sendto(b"answer", sock.recvfrom(100)[1])
                    continue
                client, _ = sock.accept()
                with client:
                    client.recv(100)
                    client.sendall(b"answer")

    if kind == socket.SOCK_STREAM:
        sock.listen()
    threading.Thread(target=answer, daemon=True).start()
    return sock


def _address() -> str:
    """An address of this machine that isn't its loopback's, if it has one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
        sock.connect(("192.0.2.1", 9))
        return str(sock.getsockname()[0])
    return "127.0.0.2"


def _buses(stack: contextlib.ExitStack, tmp: Path) -> dict[str, Any]:
    """Two message buses, one of them listening on an abstract name, and a third that stands for the system's."""
    daemon = shutil.which("dbus-daemon")
    name = f"{intruder.MARK}-bus-{os.getpid()}"
    addresses = {"session_bus": f"unix:path={tmp}/bus", "system_bus": f"unix:path={tmp}/system"}
    addresses["session_bus_abstract"] = f"unix:abstract={name}"
    for address in addresses.values() if daemon else ():
        argv = [str(daemon), "--session", "--nofork", "--print-address=1", f"--address={address}"]
        process = stack.enter_context(subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        stack.callback(process.kill)
        assert process.stdout is not None
        process.stdout.readline()
    system = "/run/dbus/system_bus_socket"
    return {
        "session_bus": f"{tmp}/bus",
        "session_bus_abstract": name,
        "system_bus": system if os.path.exists(system) else f"{tmp}/system",
    }


def _process(stack: contextlib.ExitStack) -> dict[str, Any]:
    victim = stack.enter_context(
        subprocess.Popen([sys.executable, "-c", VICTIM, intruder.MARK], stdout=subprocess.PIPE, text=True)
    )
    stack.callback(victim.kill)
    assert victim.stdout is not None
    return {"pid": victim.pid, "memory": int(victim.stdout.readline())}


def _kernel(stack: contextlib.ExitStack) -> dict[str, Any]:
    kind = machine()
    numbers = {name: calls.number(name, kind) for name in CALLS.split()} if kind else {}
    libc = ctypes.CDLL(None, use_errno=True)
    key = f"{intruder.MARK}-{os.getpid()}"
    if kind:
        serial = libc.syscall(numbers["add_key"], b"user", key.encode(), b"kept", 4, -3)
        # Out of the session's ring again (KEYCTL_UNLINK) when all is tried.
        stack.callback(libc.syscall, numbers["keyctl"], 9, serial, -3)
    shm_key = 0x4445_0000 | os.getpid() & 0xFFFF
    segment = libc.shmget(shm_key, 4096, 0o1666)
    stack.callback(libc.shmctl, segment, 0, None)
    return {"calls": numbers, "key": key, "shm_key": shm_key}


def _root() -> bool:
    return os.geteuid() == 0


# ------------------------------------------------------------ the four places


@pytest.fixture(scope="module")
def outside(facts: dict[str, Any]) -> dict[str, str | None]:
    """The control: as ourselves, without any jail."""
    read, write = os.pipe()
    os.set_inheritable(read, True)
    env = os.environ | {"DESKHAND_CANARY": "1"}
    argv = [sys.executable, "-c", SOURCE, json.dumps(facts)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, close_fds=False, check=False)
    os.close(read)
    os.close(write)
    return _answers(done.stdout, done.stderr)


@pytest.fixture(scope="module")
def application(facts: dict[str, Any], own: PrivateDisplay) -> dict[str, str | None]:
    programs = Path(facts["setuid"]).parent
    argv = [os.path.realpath(sys.executable), "-c", SOURCE, json.dumps(facts)]
    with _canary(), launch(argv, own, files=[programs]) as app:
        app.wait(60)
        return _answers(app.output, app.stderr_tail)


@pytest.fixture(scope="module")
def hands(facts: dict[str, Any], own: PrivateDisplay) -> dict[str, str | None]:
    argv = [*executor_wrap(own), sys.executable, "-P", "-c", SOURCE, json.dumps(facts), "--hands"]
    with _canary():
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    return _answers(done.stdout, done.stderr)


@pytest.fixture(scope="module")
def alone(facts: dict[str, Any]) -> dict[str, str | None]:
    """No jail at all, as on a display of the person's own where none can be made."""
    argv = [sys.executable, "-P", "-c", SOURCE, json.dumps(facts), "--hands"]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    return _answers(done.stdout, done.stderr)


@contextlib.contextmanager
def _canary() -> Iterator[None]:
    os.environ["DESKHAND_CANARY"] = "1"
    try:
        yield
    finally:
        del os.environ["DESKHAND_CANARY"]


def _answers(output: str, errors: str) -> dict[str, str | None]:
    assert output.strip(), errors
    found: dict[str, str | None] = json.loads(output.splitlines()[-1])
    assert tuple(sorted(found)) == tuple(sorted(NAMES)), errors
    print(errors)
    return found


def _control(outside: dict[str, str | None], name: str) -> None:
    if outside[name] is None:
        pytest.skip("not even outside can this be done on this machine, by this user")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in HANDS_ONLY])
def test_an_application_can_not(name: str, outside: dict[str, str | None], application: dict[str, str | None]) -> None:
    _control(outside, name)
    assert application[name] is None


@pytest.mark.parametrize("name", NAMES)
def test_the_hands_can_not(name: str, outside: dict[str, str | None], hands: dict[str, str | None]) -> None:
    _control(outside, name)
    assert hands[name] is None


@pytest.mark.skipif(machine() is None, reason="no filter of system calls for this machine")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_BY_ITSELF])
def test_the_hands_can_not_even_without_a_jail(
    name: str, outside: dict[str, str | None], alone: dict[str, str | None]
) -> None:
    _control(outside, name)
    assert alone[name] is None


def test_what_is_written_to_memory_stays_in_the_jail(own: PrivateDisplay) -> None:
    """/tmp and /dev/shm are writable inside, and others' outside."""
    names = [f"{folder}/{intruder.MARK}-{os.getpid()}" for folder in ("/tmp", "/dev/shm", "/var/tmp")]
    with launch(["sh", "-c", "; ".join(f"echo x > {name} && cat {name}" for name in names)], own) as app:
        assert app.wait(20) == 0
        assert app.output.split() == ["x"] * 3
    assert not [name for name in names if os.path.exists(name)]


def test_a_connection_that_is_open_is_all_that_the_hands_have(own: PrivateDisplay) -> None:
    """The executor's child says which layers are in force; the kernel says the same of it."""
    executor = Executor(own.name, xauthority=str(own.xauthority), private=True)
    with executor:
        status = Path(f"/proc/{executor.pids['child']}/status").read_text()
    expected = {"NoNewPrivs:\t1", "Seccomp:\t2"} if machine() else set[str]()
    assert expected <= set(status.splitlines())
