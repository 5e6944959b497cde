"""`make run`: fill the demonstration form in a private display, and check what its server received.

Exit 0 only if the server received exactly the record, once.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SKILL = ROOT / "skills" / "fill-form"


def main(arguments: list[str]) -> int:
    """Run, compare, say where the trace and the report are; `arguments` are passed on to `deskhand run`."""
    record = json.loads((SKILL / "example.json").read_text(encoding="utf-8"))
    trace = ROOT / "traces" / time.strftime("demo-%Y%m%d-%H%M%S")
    with load_server().DemoServer() as server:
        command = [sys.executable, "-m", "agent.ui.cli", "run", "fill-form", "--data", str(SKILL / "example.json")]
        command += ["--url", server.url, "--trace", str(trace), *arguments]
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
        wrong = differences(expected(record), server.received)
    for line in wrong:
        print(f"server: {line}", file=sys.stderr)
    if not wrong:
        print("server: received exactly the record", file=sys.stderr)
    return code or (1 if wrong else 0)


def expected(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What a browser posts for the record: a list's items one by one, an unticked box not at all."""
    pairs: list[tuple[str, str]] = []
    for name, value in record.items():
        for item in value if isinstance(value, list) else [value]:
            if item is True:
                pairs.append((name, "true"))
            elif item is not False:
                # Forms send line ends as CR LF.
                pairs.append((name, str(item).replace("\n", "\r\n")))
    return pairs


def differences(wanted: list[tuple[str, str]], received: list[list[tuple[str, str]]]) -> list[str]:
    """In words, what was sent otherwise than wanted; values of passwords are not shown."""
    if len(received) != 1:
        return [f"received {len(received)} posts instead of one"]
    sent = received[0]
    missing = [pair for pair in wanted if pair not in sent]
    surplus = [pair for pair in sent if pair not in wanted] if len(sent) != len(wanted) or missing else []
    lines = [f"did not receive {show(*pair)}" for pair in missing] + [f"received {show(*pair)}" for pair in surplus]
    return lines or ([] if len(sent) == len(wanted) else ["received a field twice"])


def show(name: str, value: str) -> str:
    return f"{name} = {'(hidden)' if 'password' in name else repr(value)}"


def load_server() -> Any:
    """The form's server, which stands with the form and not among our packages."""
    spec = importlib.util.spec_from_file_location("demo_server", SKILL / "demo" / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
