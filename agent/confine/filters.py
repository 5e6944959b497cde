"""Filters of system calls: what the hands may still do, and what no application in the jail may.

A filter is a classic BPF program that the kernel runs before every call (seccomp, Documentation/userspace-api/
seccomp_filter.rst). A refused call fails with an error number; nothing is killed, so a library that only asks goes on.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.confine.calls import Machine, number

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_ARCHITECTURES: dict[Machine, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
"""Numbers from here on are the same calls once more, in another dialect of x86-64."""
_LOAD, _EQUAL, _ATLEAST, _ANYBIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

TIOCSTI, TIOCLINUX, TIOCCONS = 0x5412, 0x541C, 0x541D
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
CLONE_THREAD = 0x10000
_WRITING = 0o3 | 0o100 | 0o1000 | 0o2000
"""Of the flags of `open`: write, create, truncate, append."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a call: an error number (0: allowed), for every argument or for some values of one.

    The low half of the argument counts: these are integers of 32 bits to the kernel, whatever stands above them.
    """

    call: str
    error: int = 0
    argument: int | None = None
    test: Literal["equal", "any_bit"] = "equal"
    values: tuple[int, ...] = ()
    otherwise: int = errno.EPERM
    """The error where the test does not hold (0: allowed)."""


def program(rules: Sequence[Rule], machine: Machine, rest: int) -> bytes:
    """The filter as the kernel takes it, 8 bytes an instruction; `rest` is the error for calls without a rule."""
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, _ARCHITECTURES[machine]), _end(errno.ENOSYS)]
    code.append((_LOAD, 0, 0, _NUMBER))
    if machine == "x86_64":
        code += [(_ATLEAST, 0, 1, _X32), _end(errno.ENOSYS)]
    for rule in rules:
        if (value := number(rule.call, machine)) is not None:
            block = _block(rule)
            code += [(_EQUAL, 0, len(block), value), *block]
    code.append(_end(rest))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _block(rule: Rule) -> list[tuple[int, int, int, int]]:
    if rule.argument is None:
        return [_end(rule.error)]
    jump = _EQUAL if rule.test == "equal" else _ANYBIT
    block = [(_LOAD, 0, 0, _ARGUMENTS + 8 * rule.argument)]
    for value in rule.values:
        block += [(jump, 0, 1, value), _end(rule.error)]
    return [*block, _end(rule.otherwise)]


def _end(error: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, _ERRNO | error if error else _ALLOW)


HANDS = (
    "pselect6 recvfrom sendto clock_nanosleep futex read write readv writev recvmsg sendmsg poll ppoll select "
    "epoll_create1 epoll_ctl epoll_wait epoll_pwait close close_range fstat newfstatat stat lstat statx lseek pread64 "
    "mmap munmap mprotect mremap brk madvise shutdown getsockname getpeername getsockopt setsockopt rt_sigaction "
    "rt_sigprocmask rt_sigreturn rt_sigtimedwait sigaltstack clock_gettime clock_getres nanosleep gettimeofday time "
    "getpid gettid getppid getuid geteuid getgid getegid exit exit_group access faccessat faccessat2 readlink "
    "readlinkat getcwd getdents64 fcntl dup dup2 dup3 set_robust_list rseq set_tid_address getrandom sched_yield "
    "sched_getaffinity uname sysinfo getrlimit membarrier restart_syscall pipe2 eventfd2 getrusage times arch_prctl"
)
"""What a Python program needs to talk over connections that are open: memory, time, threads, reading its libraries."""

_HANDS_SOME = (
    Rule("openat", errno.EPERM, 2, "any_bit", (_WRITING,), otherwise=0),
    Rule("open", errno.EPERM, 1, "any_bit", (_WRITING,), otherwise=0),
    # Threads, but no processes. What is in memory can't be read here, so of clone3 the library falls back to clone.
    Rule("clone", 0, 0, "any_bit", (CLONE_THREAD,)),
    Rule("clone3", errno.ENOSYS),
    Rule("ioctl", errno.EPERM, 1, "equal", (TIOCSTI, TIOCLINUX, TIOCCONS), otherwise=0),
    # Of itself (0) only: another's limits are another's.
    Rule("prlimit64", 0, 0, "equal", (0,)),
)


def hands(machine: Machine) -> bytes:
    """For the executor's child once it is connected: no new socket, no program, no process, no file to write."""
    return program([*map(Rule, HANDS.split()), *_HANDS_SOME], machine, errno.EPERM)


APPLICATION = (
    "add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register ptrace "
    "process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise open_by_handle_at name_to_handle_at setns "
    "swapon swapoff kexec_load kexec_file_load init_module finit_module delete_module reboot acct syslog quotactl "
    "quotactl_fd settimeofday clock_settime adjtimex clock_adjtime iopl ioperm vhangup sethostname setdomainname "
    "fanotify_init lookup_dcookie nfsservctl mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick"
)
"""What no application with a window needs, and namespaces alone do not keep in: a kernel's keys, other processes'
memory, the kernel's own machinery. Browsers need `unshare`, `clone` and `mount` for their own sandbox, so these stay:
a new user namespace below ours is given nothing that we have not."""

_FAMILIES = (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK)


def application(machine: Machine) -> bytes:
    """For an application in the jail; no socket of a family that network namespaces don't hold (vsock)."""
    rules = [
        Rule("socket", 0, 0, "equal", _FAMILIES, otherwise=errno.EAFNOSUPPORT),
        Rule("ioctl", errno.EPERM, 1, "equal", (TIOCSTI, TIOCLINUX, TIOCCONS), otherwise=0),
        *(Rule(call, errno.EPERM) for call in APPLICATION.split()),
    ]
    return program(rules, machine, 0)
