"""The first program in a jail: opens the allowed ports, gives up its rights, then runs the application.

Started by bubblewrap as a script of its own (`python -I -S inside.py SPEC`), so it imports nothing of ours.
It waits for every descendant, not just for the first process, so that programs that put themselves into the
background are kept. SPEC is JSON:
    argv        the command (what follows SPEC on the command line is added to it)
    user        uid and gid to become, or null where bubblewrap has done that
    own         folders to give to that user
    number      uid and gid to go by in a user namespace of our own, or null: only the namespace that the network
                belongs to may open low ports, so bubblewrap can't be the one to make it
    files       {path: content} to write as that user
    addresses   IPv4 addresses that the loopback interface gets beside 127.0.0.0/8
    listen      [[address, port, unix socket], ...]: what arrives at address:port goes to the socket
    filter      {seccomp: N, keyctl: N, code: HEX}: a filter of system calls for all that is started from here, and
                the numbers of two calls of this machine; or null
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import threading
from typing import Any

PR_SET_CHILD_SUBREAPER = 36
PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4
CAPABILITY_VERSION_3 = 0x20080522
CLONE_NEWUSER = 0x10000000
KEYCTL_JOIN_SESSION_KEYRING = 1
PR_SET_NO_NEW_PRIVS, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 38, 1, 1
SIOCSIFADDR, SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8916, 0x8914, 0x41


def main(spec: dict[str, Any]) -> None:
    """Never returns: ends with the application's exit status."""
    for number, address in enumerate(spec.get("addresses", ())):
        _add_address(number, address)
    listeners = [(_listen(address, port), path) for address, port, path in spec.get("listen", ())]
    libc = ctypes.CDLL(None)
    if spec.get("number") is not None:
        _renumber(libc, spec["number"])
    _drop_rights(libc, spec.get("user"), spec.get("own", ()))
    for path, content in spec.get("files", {}).items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    if spec.get("filter"):
        _filter(libc, spec["filter"])
    argv: list[str] = spec["argv"]
    if spec.get("become"):
        _become(argv)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        _become(argv)
    for listener, path in listeners:
        threading.Thread(target=_serve, args=(listener, path), daemon=True).start()
    os._exit(_wait_for_all(child))


def _renumber(libc: ctypes.CDLL, number: int) -> None:
    """Go by another user's number, in a user namespace below ours."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit("the jail's user namespace could not be made")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{number} {user} 1"), ("gid_map", f"{number} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _drop_rights(libc: ctypes.CDLL, user: int | None, own: list[str]) -> None:
    """Become the jail's user, without any capability and without a way to get one."""
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if user is not None:
        for folder in own:
            os.chown(folder, user, user)
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)) != 0:
        sys.exit("the jail's rights could not be given up")


def _filter(libc: ctypes.CDLL, given: dict[str, Any]) -> None:
    """Let the kernel refuse calls that no application needs; a kernel without filters leaves it to the namespaces.

    The keys of the session, which processes inherit whatever user they become, are left behind first.
    """
    libc.syscall(given["keyctl"], KEYCTL_JOIN_SESSION_KEYRING, None)
    code = bytes.fromhex(given["code"])
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(kept := ctypes.create_string_buffer(code, len(code))))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall(given["seccomp"], SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program)
    del kept


def _become(argv: list[str]) -> None:
    try:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    os._exit(127)


def _wait_for_all(child: int) -> int:
    """The first process's exit status, once no descendant is left (at once if it failed)."""
    code = 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            code = code if code >= 0 else 128 - code
            if code:
                return code


def _add_address(number: int, address: str) -> None:
    name = f"lo:{number}".encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        packed = struct.pack("16sH2s4s8s", name, socket.AF_INET, b"", socket.inet_aton(address), b"")
        fcntl.ioctl(sock, SIOCSIFADDR, packed)
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sH", name, IFF_UP_RUNNING))


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(64)
    return listener


def _serve(listener: socket.socket, path: str) -> None:
    while True:
        client, _ = listener.accept()
        upstream = socket.socket(socket.AF_UNIX)
        try:
            upstream.connect(path)
        except OSError:
            client.close()
            continue
        threading.Thread(target=_pump, args=(client, upstream), daemon=True).start()
        threading.Thread(target=_pump, args=(upstream, client), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes one way until they end; the half-closed state is passed on."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    main(given | {"argv": [*given["argv"], *sys.argv[2:]]})
