"""Where skills and policies are found: the working folder, the user's configuration folder, then what ships."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from agent.errors import BadInput

Kind = Literal["skills", "policies"]
_PACKAGE = Path(__file__).parent


def config_folder() -> Path:
    """The folder of the user's own settings, skills and policies; it need not exist."""
    configured = os.environ.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else Path.home() / ".config") / "deskhand"


def places(kind: Kind, *, cwd: Path | None = None) -> list[Path]:
    """The folders that are searched, in order; not all of them need exist."""
    # In a wheel the files are beside the code (setup.py puts them there); in a checkout they are above it.
    shipped = _PACKAGE / "_shipped" / kind
    return [(cwd or Path.cwd()) / kind, config_folder() / kind, shipped, _PACKAGE.parent / kind]


def find(kind: Kind, name: str, *, cwd: Path | None = None) -> Path:
    """The folder of a skill or the file of a policy.

    `name` is a name or, with a slash or an ending, a path. Raises BadInput naming where was searched and what
    there is.
    """
    if "/" in name or name.endswith((".yaml", ".yml")) or name in (".", ".."):
        path = Path(name).expanduser()
        if path.exists() and (kind == "policies") == path.is_file():
            return path
        wanted = "policy file" if kind == "policies" else "skill's folder"
        raise BadInput(f"{name}: there is no such {wanted}")
    for place in places(kind, cwd=cwd):
        if (found := _in(kind, place, name)) is not None:
            return found
    searched = ", ".join(map(str, places(kind, cwd=cwd)[:2]))
    known = ", ".join(names(kind, cwd=cwd)) or "none"
    one = "policy" if kind == "policies" else "skill"
    raise BadInput(f"no {one} is named {name!r} in {searched} or among what ships; there are: {known}")


def names(kind: Kind, *, cwd: Path | None = None) -> list[str]:
    """All names that `find` knows, sorted."""
    found: set[str] = set()
    for place in places(kind, cwd=cwd):
        if place.is_dir():
            entries = {p.stem if kind == "policies" else p.name for p in place.iterdir()}
            found |= {name for name in entries if _in(kind, place, name) is not None}
    return sorted(found)


def ships(kind: Kind, path: Path) -> bool:
    """Whether what was found is ours; one of the working folder, or of the user's, may bear the same name."""
    return any(path.resolve().is_relative_to(place.resolve()) for place in places(kind)[2:])


def _in(kind: Kind, place: Path, name: str) -> Path | None:
    if kind == "skills":
        return place / name if (place / name / "SKILL.md").is_file() else None
    candidates = (place / f"{name}{ending}" for ending in (".yaml", ".yml"))
    return next((path for path in candidates if path.is_file()), None)
