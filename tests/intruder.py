"""A program that tries to get out: run inside a jail as `python -c SOURCE FACTS [--hands]`, outside as the control.

FACTS is JSON: what there is to be reached (ports, paths, process ids, cookies), as tests/test_sandbox_proof.py made it.
It prints one JSON object: for each attempt what it got hold of, or null. Only the standard library is used.
"""

from __future__ import annotations

import ctypes
import fcntl
import glob
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from typing import Any

FACTS: dict[str, Any] = {}
ATTEMPTS: dict[str, Callable[[], object]] = {}
MARK = "deskhand-proof"
CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID = 0x10000000, 0x20000, 0x20000000
libc = ctypes.CDLL(None, use_errno=True)


def attempt(function: Callable[[], object]) -> Callable[[], object]:
    ATTEMPTS[function.__name__] = function
    return function


def call(name: str, *arguments: object) -> int:
    result = libc.syscall(ctypes.c_long(FACTS["calls"][name]), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def hear(sock: socket.socket, where: Any, say: bytes = b"hello\n") -> bytes:
    with sock:
        sock.settimeout(3)
        sock.connect(where)
        sock.sendall(say)
        return sock.recv(100)


def in_child(work: Callable[[], object]) -> object:
    """Done in a process of its own, so that what it changes of itself does not spoil later attempts."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(write, str(work() or "").encode()[:200])
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise OSError("the child failed")
    return said


# ------------------------------------------------------------ network


@attempt
def loopback() -> object:
    return hear(socket.socket(), ("127.0.0.1", FACTS["port"]))


@attempt
def loopback_6() -> object:
    return hear(socket.socket(socket.AF_INET6), ("::1", FACTS["port_6"]))


@attempt
def own_address() -> object:
    return hear(socket.socket(), (FACTS["address"], FACTS["port"]))


@attempt
def name_server() -> object:
    return hear(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", FACTS["udp"]), b"\x12\x34\x01\x00")


@attempt
def raw_packets() -> object:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        return sock.fileno()


@attempt
def virtual_machine_host() -> object:
    with socket.socket(40, socket.SOCK_STREAM) as sock:  # AF_VSOCK, which network namespaces do not hold
        return sock.fileno()


@attempt
def abstract_socket() -> object:
    return hear(socket.socket(socket.AF_UNIX), f"\0{FACTS['abstract']}")


@attempt
def socket_in_tmp() -> object:
    return hear(socket.socket(socket.AF_UNIX), FACTS["socket"])


@attempt
def socket_in_run() -> object:
    return hear(socket.socket(socket.AF_UNIX), FACTS["run_socket"])


# ------------------------------------------------------------ buses and displays


def bus(address: str) -> object:
    """Say who we are to a D-Bus daemon; any answer means that it listens to us."""
    return hear(socket.socket(socket.AF_UNIX), address, b"\0AUTH EXTERNAL\r\n")


@attempt
def session_bus() -> object:
    return bus(FACTS["session_bus"])


@attempt
def session_bus_abstract() -> object:
    return bus(f"\0{FACTS['session_bus_abstract']}")


@attempt
def system_bus() -> object:
    return bus(FACTS["system_bus"])


def display(where: str, cookie: str) -> socket.socket:
    """Open an X display by hand, with its cookie."""
    name, data = b"MIT-MAGIC-COOKIE-1", bytes.fromhex(cookie)
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(3)
    sock.connect(where)
    hello = struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(data))
    sock.sendall(hello + name + bytes(-len(name) % 4) + data + bytes(-len(data) % 4))
    begin = sock.recv(8)
    if begin[:1] != b"\x01":
        raise OSError("refused")
    left = struct.unpack("<H", begin[6:8])[0] * 4
    while left > 0:
        left -= len(sock.recv(left))
    return sock


@attempt
def other_display() -> object:
    with display(FACTS["display"], FACTS["cookie"]):
        return "connected"


@attempt
def other_display_abstract() -> object:
    with display(f"\0{FACTS['display']}", FACTS["cookie"]):
        return "connected"


@attempt
def other_clipboard() -> object:
    """Who owns the clipboard of the other display; whoever may ask that may have its contents."""
    with display(FACTS["display"], FACTS["cookie"]) as sock:
        sock.sendall(struct.pack("<BBHHxx", 16, 1, 5, 9) + b"CLIPBOARD" + bytes(3))
        atom = struct.unpack("<I", sock.recv(32)[8:12])[0]
        sock.sendall(struct.pack("<BxHI", 23, 2, atom))
        return struct.unpack("<I", sock.recv(32)[8:12])[0]


@attempt
def display_anew() -> object:
    with display(FACTS["own_display"], FACTS["own_cookie"]):
        return "connected"


# ------------------------------------------------------------ files


@attempt
def read_home() -> object:
    with open(FACTS["home_file"]) as file:
        return file.read()


@attempt
def read_temporary() -> object:
    with open(FACTS["tmp_file"]) as file:
        return file.read()


@attempt
def read_passwords() -> object:
    with open("/etc/shadow") as file:
        return file.read(10)


@attempt
def read_around_the_jail() -> object:
    """By what /proc says of others, and by the root of the first process."""
    pids = {FACTS["pid"], 1, os.getppid()}
    for way in [f"/proc/{pid}/{name}" for pid in pids for name in ("root", "cwd")]:
        for target in (FACTS["tmp_file"], FACTS["home_file"]):
            if os.path.exists(way + target):
                with open(way + target) as file:
                    return file.read()
    return None


@attempt
def write_temporary() -> object:
    with open(FACTS["tmp_folder"] + "/written", "w") as file:
        return file.write("x")


@attempt
def write_home() -> object:
    with open(os.path.dirname(FACTS["home_file"]) + "/written", "w") as file:
        return file.write("x")


@attempt
def write_system() -> object:
    path = f"/usr/local/{MARK}"
    with open(path, "w") as file:
        file.write("x")
    os.unlink(path)
    return path


@attempt
def write_kernel_settings() -> object:
    with open("/proc/sys/kernel/core_pattern", "r+") as file:
        return file.fileno()


@attempt
def environment() -> object:
    return os.environ.get("DESKHAND_CANARY")


@attempt
def inherited_files() -> object:
    """Open files that nobody gave us; what is open to list them is not one."""
    return [number for number in range(3, 256) if is_open(number)] or None


def is_open(number: int) -> bool:
    try:
        fcntl.fcntl(number, fcntl.F_GETFD)
    except OSError:
        return False
    return True


# ------------------------------------------------------------ processes


@attempt
def see_process() -> object:
    with open(f"/proc/{FACTS['pid']}/cmdline") as file:
        return MARK in file.read() or None


@attempt
def signal_process() -> object:
    os.kill(FACTS["pid"], signal.SIGCONT)
    return "sent"


@attempt
def trace_process() -> object:
    call("ptrace", 16, FACTS["pid"], 0, 0)
    os.waitpid(FACTS["pid"], 0)
    call("ptrace", 17, FACTS["pid"], 0, 0)
    return "attached"


@attempt
def trace_anything() -> object:
    return in_child(lambda: f"traced {call('ptrace', 0, 0, 0, 0)}")


@attempt
def read_memory() -> object:
    buffer = ctypes.create_string_buffer(len(MARK))
    here = struct.pack("@PN", ctypes.addressof(buffer), len(MARK))
    there = struct.pack("@PN", FACTS["memory"], len(MARK))
    call("process_vm_readv", FACTS["pid"], here, 1, there, 1, 0)
    return buffer.value


@attempt
def steal_open_file() -> object:
    other = libc.syscall(434, FACTS["pid"], 0)  # pidfd_open
    return call("pidfd_getfd", other, 0, 0)


@attempt
def shared_memory() -> object:
    found = libc.shmget(FACTS["shm_key"], 0, 0)
    return found if found >= 0 else None


@attempt
def terminal_input() -> object:
    """Put a character into a terminal as if somebody had typed it (TIOCSTI)."""

    def push() -> object:
        parent, child = pty.openpty()
        os.setsid()
        fcntl.ioctl(child, termios.TIOCSCTTY, 0)
        fcntl.ioctl(child, termios.TIOCSTI, b"x")
        return "typed" if select.select([parent], [], [], 1)[0] else None

    return in_child(push)


@attempt
def start_process() -> object:
    return in_child(lambda: "started")


@attempt
def start_program() -> object:
    return subprocess.run(["/bin/echo", "started"], capture_output=True, check=True).stdout


# ------------------------------------------------------------ the kernel


@attempt
def keyring() -> object:
    """A key in the session's ring, which processes inherit whatever user they become."""
    key = call("keyctl", 10, ctypes.c_int(-3), b"user", FACTS["key"].encode(), 0)
    buffer = ctypes.create_string_buffer(64)
    call("keyctl", 11, key, buffer, 64)
    return buffer.value


@attempt
def keyring_names() -> object:
    with open("/proc/keys") as file:
        return FACTS["key"] in file.read() or None


@attempt
def devices() -> object:
    names = "input uinput mem kmsg kvm dri snd vsock net vhost-net fuse loop0 vda sda nvme0 hidraw0 video0"
    found = [name for name in names.split() if glob.glob(f"/dev/{name}")]
    return found or None


@attempt
def make_device() -> object:
    path = f"{os.environ.get('HOME', '/tmp')}/{MARK}-device"
    os.mknod(path, 0o020600, os.makedev(1, 8))
    os.unlink(path)
    return "made"


@attempt
def namespaces_of_our_own() -> object:
    """As root of a new user namespace: whether files or processes of others come into reach."""

    def look() -> object:
        user, group = os.getuid(), os.getgid()
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        libc.mount(b"proc", b"/proc", b"proc", 0, None)
        libc.mount(b"/", b"/mnt", None, 0x5000, None)
        libc.umount2(b"/tmp", 2)
        libc.umount2(b"/home", 2)
        for path in (
            FACTS["tmp_file"],
            FACTS["home_file"],
            f"/mnt{FACTS['tmp_file']}",
            f"/proc/{FACTS['pid']}/environ",
        ):
            if os.path.exists(path):
                return path
        return None

    return in_child(look)


@attempt
def setuid_program() -> object:
    """A program that belongs to root and runs as root, whoever starts it."""

    def start() -> object:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        done = subprocess.run([FACTS["setuid"], "-u"], capture_output=True, text=True, check=True)
        return "root" if done.stdout.strip() == "0" else None

    return in_child(start)


@attempt
def host_name() -> object:
    name = socket.gethostname().encode()
    if libc.sethostname(name, len(name)) != 0:
        raise OSError(ctypes.get_errno(), "sethostname")
    return name


@attempt
def kernel_programs() -> object:
    attributes = struct.pack("=IIII", 2, 4, 4, 1) + bytes(112)  # BPF_MAP_CREATE: an array
    return call("bpf", 0, attributes, len(attributes))


@attempt
def performance_counters() -> object:
    attributes = struct.pack("=IIQ", 1, 128, 0) + bytes(112)  # a software event: the processor's clock
    return call("perf_event_open", attributes, 0, -1, -1, 0)


@attempt
def io_rings() -> object:
    return call("io_uring_setup", 1, ctypes.create_string_buffer(120))


@attempt
def page_faults() -> object:
    return call("userfaultfd", 0)


def main() -> None:
    FACTS.update(json.loads(sys.argv[1]))
    if "--hands" in sys.argv:
        from agent.confine import confine_hands

        confine_hands()
    found: dict[str, object] = {}
    # First, before an attempt leaves something open.
    for name in ("inherited_files", *ATTEMPTS):
        try:
            found.setdefault(name, str(got) if (got := ATTEMPTS[name]()) else None)
        except (OSError, subprocess.SubprocessError) as error:
            found.setdefault(name, None)
            print(f"{name}: {error!r}", file=sys.stderr)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
