"""Fixtures that several test files share; what they need is imported only where they are used."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny Qwen3-VL with the real vocabulary and random weights."""
    from tests import tiny

    return tiny.build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_expert_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with experts."""
    from tests import tiny

    return tiny.build_experts(tmp_path_factory.mktemp("experts"))


@pytest.fixture(scope="session")
def tiny_newer_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of Qwen3.5's architecture."""
    from tests import tiny

    return tiny.build_newer(tmp_path_factory.mktemp("newer"))
