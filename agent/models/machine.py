"""What this machine can run a model on: memory, processor, graphics. Read from the system, without torch."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

from agent.schema import Value

GIB = 1 << 30
FAST_BF16 = frozenset({"amx_bf16", "avx512_bf16"})
"""Processor features that compute bf16 natively; without one of them bf16 is several times slower than fp32."""


class Gpu(Value):
    name: str
    memory_gib: float
    free_gib: float


class Machine(Value):
    """`ram_gib` is all memory that this process may use, `free_gib` what is to be had now."""

    ram_gib: float
    free_gib: float
    cores: int
    cpu_flags: frozenset[str] = frozenset()
    gpus: tuple[Gpu, ...] = ()

    @property
    def fast_bf16(self) -> bool:
        return bool(self.cpu_flags & FAST_BF16)

    def words(self) -> str:
        """One line for people."""
        gpus = ", ".join(f"{gpu.name} with {gpu.memory_gib:.0f} GiB" for gpu in self.gpus) or "no GPU"
        bf16 = "bf16 in hardware" if self.fast_bf16 else "no bf16 in hardware"
        return f"{gpus}; {self.ram_gib:.0f} GiB of memory ({self.free_gib:.0f} free), {self.cores} cores, {bf16}"


def this_machine() -> Machine:
    """The machine that this runs on, inside the limits of its container."""
    total, free = _memory()
    return Machine(ram_gib=total, free_gib=free, cores=_cores(), cpu_flags=_cpu_flags(), gpus=_gpus())


def _memory() -> tuple[float, float]:
    """Total and available GiB; a control group's limit counts where it is lower."""
    total, free = _system_memory()
    try:
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        cached = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        if limit.isdigit():
            room = int(limit) - used + int(cached.get("inactive_file", 0))
            total, free = min(total, int(limit) / GIB), min(free, max(0, room) / GIB)
    except (OSError, ValueError):
        pass  # no control group, or an older kind: the system's figures stand
    return total, free


def _system_memory() -> tuple[float, float]:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        fields = {key: int(rest.split()[0]) * 1024 for key, _, rest in (line.partition(":") for line in lines)}
        return fields["MemTotal"] / GIB, fields["MemAvailable"] / GIB
    except (OSError, KeyError, ValueError, IndexError):
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB if hasattr(os, "sysconf") else 0.0
        return pages, pages


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_flags() -> frozenset[str]:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith(("flags", "Features")):
                return frozenset(line.partition(":")[2].split())
    except OSError:
        pass
    return frozenset()


def _gpus() -> tuple[Gpu, ...]:
    """NVIDIA cards, as their driver's own tool lists them."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        out = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout
        rows = list(csv.reader(out.splitlines(), skipinitialspace=True))
        return tuple(Gpu(name=n, memory_gib=int(total) / 1024, free_gib=int(free) / 1024) for n, total, free in rows)
    except (OSError, subprocess.SubprocessError, ValueError):
        return ()
