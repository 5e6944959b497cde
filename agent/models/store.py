"""Where the files of models lie: the hub's cache or a local folder; fetch, check and remove them.

All that reaches the network is `pull`. A local folder is named by a path, anything else is a name at the hub.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.errors import BadInput, Missing, TaskFailed
from agent.lookup import config_folder
from agent.models.catalog import known
from agent.models.checkpoint import Checkpoint, inspect
from agent.schema import Value

WANTED = ("*.json", "*.safetensors", "*.txt", "*.jinja", "LICENSE*", "README.md")
"""What is fetched of a model: data only, never code and never pickles."""

_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


class Installed(Value):
    """A model in the hub's cache."""

    name: str
    folder: Path
    gib: float
    fault: str = ""
    """Why it can't be used; empty where it can."""


def full_name(name: str) -> str:
    """A name at the hub; the short names of the models that Deskhand knows will do. Raises BadInput."""
    if model := known(name):
        return model.name
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} is no model's name: write OWNER/NAME as at the hub, or a folder's path")
    return name


def resolve(name: str) -> Checkpoint:
    """The checkpoint of a name or a path, on this machine. Raises BadInput, or Missing where it has to be pulled."""
    if _is_path(name):
        return inspect(Path(name).expanduser())
    wanted = full_name(name)
    found = next((entry for entry in _revisions() if entry[0] == wanted), None)
    if found is None:
        raise Missing(f"the model {wanted} is not on this machine", mend=f"deskhand models pull {wanted}")
    return inspect(found[1])


def installed() -> list[Installed]:
    """The vision-language models in the hub's cache, the ones that can't be used with the reason."""
    found: list[Installed] = []
    for name, folder, size in _revisions():
        try:
            inspect(folder)
            fault = ""
        except BadInput as error:
            fault = str(error)
            if "model_type" in fault and known(name) is None:
                continue  # a model of another kind, which somebody else keeps there
        found.append(Installed(name=name, folder=folder, gib=round(size / (1 << 30), 2), fault=fault))
    return sorted(found, key=lambda entry: entry.name)


def pull(name: str, revision: str | None = None) -> Checkpoint:
    """Fetch a model into the hub's cache, with progress on stderr, and check it.

    What is there already is not fetched again; an interrupted download goes on where it stopped. Raises Missing
    where it can't be reached, TaskFailed where what came is damaged.
    """
    wanted = full_name(name)
    hub = _hub()
    if hub.constants.is_offline_mode():
        raise Missing("the hub is switched off (HF_HUB_OFFLINE is set)", mend="unset HF_HUB_OFFLINE and pull again")
    try:
        folder = Path(hub.snapshot_download(wanted, revision=revision, allow_patterns=list(WANTED)))
    except (OSError, ValueError, RuntimeError, hub.errors.HfHubHTTPError) as error:
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Missing(f"{wanted} could not be fetched: {line}", mend=f"deskhand models pull {wanted}") from error
    checkpoint = inspect(folder)
    if damaged := list(differences(folder)):
        raise TaskFailed(f"{wanted}: damaged on the way: {damaged[0]}; remove it and pull again")
    return checkpoint


def verify(name: str) -> list[str]:
    """What is wrong with a model's files, in words; empty where all is well.

    Raises Missing, and BadInput for what names no model at all.
    """
    if not _is_path(name):
        full_name(name)
    elif not Path(name).expanduser().is_dir():
        raise BadInput(f"{name}: there is no such folder")
    try:
        checkpoint = resolve(name)
    except Missing:
        raise
    except BadInput as error:
        return [str(error)]
    return list(differences(checkpoint.folder))


def differences(folder: Path) -> Iterator[str]:
    """Files of a snapshot whose contents don't hash to the name that the hub's cache keeps them under.

    A plain folder has no such names: there only its structure can be judged (`inspect`).
    """
    for path in sorted(p for p in folder.rglob("*") if p.is_symlink()):
        expected = Path(os.readlink(path)).name
        if len(expected) not in (40, 64):
            continue
        try:
            actual = _hash(path, git=len(expected) == 40)
        except OSError as error:
            yield f"{path.name}: can't be read: {error.strerror}"
            continue
        if actual != expected:
            yield f"{path.name}: its checksum is {actual[:12]}... and should be {expected[:12]}..."


def remove(name: str) -> float:
    """Delete a model from the hub's cache; returns the GiB freed. A local folder is the user's own: BadInput."""
    if _is_path(name):
        raise BadInput(f"{name}: a folder of your own is not removed; delete it yourself")
    wanted = full_name(name)
    cache = _hub().scan_cache_dir()
    repos = [repo for repo in cache.repos if repo.repo_type == "model" and repo.repo_id == wanted]
    if not repos:
        raise BadInput(f"{wanted} is not on this machine")
    strategy = cache.delete_revisions(*(revision.commit_hash for revision in repos[0].revisions))
    strategy.execute()
    if chosen() == wanted:
        _choice().unlink(missing_ok=True)
    return strategy.expected_freed_size / (1 << 30)


def chosen() -> str:
    """The model that runs use where none is named; empty where nobody has chosen."""
    try:
        return _choice().read_text("utf-8").strip()
    except OSError:
        return ""


def choose(name: str) -> Checkpoint:
    """Make a model the one that runs use; it has to be on this machine and whole."""
    checkpoint = resolve(name)
    path = _choice()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((str(checkpoint.folder.resolve()) if _is_path(name) else full_name(name)) + "\n", "utf-8")
    except OSError as error:
        raise BadInput(f"{path}: can't be written: {error.strerror}") from error
    return checkpoint


def _choice() -> Path:
    return config_folder() / "model"


def _is_path(name: str) -> bool:
    return name.startswith((".", "/", "~")) or (name != "" and Path(name).is_dir())


def _revisions() -> Iterator[tuple[str, Path, int]]:
    """Name, folder and bytes of each model in the cache, its newest revision (`main` before others)."""
    hub = _hub()
    try:
        cache = hub.scan_cache_dir()
    except hub.errors.CacheNotFound:
        return
    for repo in cache.repos:
        if repo.repo_type == "model" and repo.revisions:
            newest = max(repo.revisions, key=lambda r: ("main" in r.refs, r.last_modified))
            yield repo.repo_id, newest.snapshot_path, repo.size_on_disk


def _hash(path: Path, *, git: bool) -> str:
    """sha256 of a file, or, for the small files that the hub keeps in git, the hash of its git blob."""
    digest = hashlib.sha1(usedforsecurity=False) if git else hashlib.sha256()
    if git:
        digest.update(f"blob {path.stat().st_size}\0".encode())
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _hub() -> Any:
    try:
        importlib.import_module("huggingface_hub.errors")
        importlib.import_module("huggingface_hub.constants")
        return importlib.import_module("huggingface_hub")
    except ImportError as error:
        raise Missing("local models need the extra `qwen`", mend='pip install "deskhand[qwen]"') from error
