"""Kill -9 at random moments: nothing of the sandbox survives, no key stays held, and the trace is sound so far.

    python bench/kill.py [TIMES]

Fills the demonstration form as `make run` does, kills the run after a random time, and looks at what is left.
Every other run works on a display that outlives it, as a person's own does, so that keys could stay held there.
Needs Linux, Xvfb, bubblewrap and Chromium. Exit 0 if nothing was left and every trace was sound.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from demo import load_server  # noqa: E402

from agent.sandbox import PrivateDisplay  # noqa: E402
from tests.test_bad_input import held_keys, move_pointer  # noqa: E402
from tests.test_sandbox import descendants, folders_of  # noqa: E402


def main(times: int) -> int:
    """Print a line for each kill and a last one that sums up."""
    faults = 0
    for number in range(times):
        moment = random.uniform(0.3, 20.0)
        with ExitStack() as stack:
            scratch = stack.enter_context(tempfile.TemporaryDirectory())
            server = stack.enter_context(load_server().DemoServer())
            shared = stack.enter_context(PrivateDisplay()) if number % 2 else None
            found = kill_once(server.url, Path(scratch, "trace"), moment, shared)
        faults += bool(found)
        print(f"{number + 1:3}  after {moment:4.1f} s  {'; '.join(found) or 'nothing left, trace sound'}", flush=True)
    print(f"{times} kills, {faults} faults")
    return 1 if faults else 0


def kill_once(url: str, trace: Path, moment: float, shared: PrivateDisplay | None) -> list[str]:
    """Start a run, kill it after `moment` seconds, and return what is wrong afterwards."""
    command = [sys.executable, "-m", "agent.ui.cli", "run", "fill-form", "--url", url, "--trace", str(trace)]
    env = dict(os.environ)
    if shared is not None:
        move_pointer(shared, 640, 790)
        command += ["--display", shared.name, "--policy", "sandbox"]
        env["XAUTHORITY"] = str(shared.xauthority)
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(moment)
    if process.poll():
        return [f"the run ended by itself with exit code {process.returncode}"]
    below = descendants(process.pid)
    folders = folders_of(below) - ({shared.folder} if shared else set())
    process.kill()
    process.wait()
    until = time.monotonic() + 5
    left, kept = below, folders
    while (left or kept) and time.monotonic() < until:
        time.sleep(0.02)
        left = {pid for pid in left if Path(f"/proc/{pid}").exists()}
        kept = {folder for folder in kept if folder.exists()}
    found = [f"process {pid} survives: {command_line(pid)[:120]}" for pid in left]
    found += [f"folder {folder} is left" for folder in kept]
    if shared is not None and (keys := held_keys(shared)):
        found.append(f"keys {keys} stay held")
    if (trace / "events.jsonl").exists():
        found += problems(trace)
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "gone meanwhile"


def problems(trace: Path) -> list[str]:
    """What `verify` finds but that the run has no end, which is what a kill is for."""
    from agent.trace import TraceReader

    return [str(p) for p in TraceReader(trace).verify() if "end" not in str(p).lower()]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
