"""The one thing that pyproject.toml can't say: `skills/` and `policies/` go into the wheel, beside the code.

They stay at the top of the checkout, where people look for them; `agent/lookup.py` knows both places.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithShipped(build_py):
    """Copies the folders after the code; an editable install uses them where they are."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in ("skills", "policies"):
            target = Path(self.build_lib, "agent", "_shipped", name)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))


setup(cmdclass={"build_py": BuildWithShipped})
