"""Reading the record that a form is filled from: JSON, YAML or one row of a CSV table."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from pathlib import Path
from typing import Any, ClassVar, cast

import yaml

from agent.errors import RecordError

Record = dict[str, Any]
"""Keys in the order of the file (nested ones dotted) to str, int, bool, None, or a list of those."""

_DIGITS = 100
"""Digits up to which a number is one."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def load_record(path: Path, row: int | None = None) -> Record:
    """Read one record; `row` counts the rows of a table (or the items of a JSON or YAML list) from 1.

    Numbers with a decimal point, dates and everything in a CSV stay the text that was written. Raises
    RecordError that names the file, the line where it can, and the mend.
    """
    try:
        return _load(path, row)
    except RecursionError:
        raise RecordError(f"{path}: nested too deeply, or within itself; write it as a flat list of keys") from None


def _load(path: Path, row: int | None) -> Record:
    text = _read(path)
    match path.suffix.lower():
        case ".json":
            data = _json(path, text)
        case ".yaml" | ".yml":
            data = _yaml(path, text)
        case ".csv" | ".tsv" | ".txt":
            return _one(path, _csv(path, text), row)
        case other:
            raise RecordError(f"{path}: {other or 'no ending'} is not known; use .json, .yaml or .csv")
    if isinstance(data, list):
        rows: list[Record] = []
        for number, item in enumerate(cast("list[Any]", data), start=1):
            if not isinstance(item, dict):
                raise RecordError(f"{path}: item {number} of the list is not an object of keys and values")
            rows.append(_flat(path, cast("dict[Any, Any]", item)))
        return _one(path, rows, row)
    if not isinstance(data, dict):
        raise RecordError(f"{path}: an object of keys and values is needed, not {_kind(data)}")
    return _one(path, [_flat(path, cast("dict[Any, Any]", data))], row)


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise RecordError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise RecordError(f"{path}: this is a folder; name a .json, .yaml or .csv file") from None
    except OSError as error:
        raise RecordError(f"{path}: can't be read: {error.strerror}") from None
    encoding = next((name for bom, name in _BOMS if raw.startswith(bom)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        guessed = _legacy(raw)
        if guessed is None:
            line = raw[: error.start].count(b"\n") + 1
            raise RecordError(f"{path}:{line}: not {encoding.upper()} text; save the file as UTF-8") from None
        text = guessed
    if not text.strip():
        raise RecordError(f"{path}: the file is empty")
    if "\0" in text:
        raise RecordError(f"{path}: this is not a text file; save the record as UTF-8 text")
    return text


def _legacy(raw: bytes) -> str | None:
    """Text in the old Chinese or Western encoding of a spreadsheet, only where the bytes leave no doubt."""
    runs = re.findall(rb"[\x80-\xff]+", raw)
    paired = [len(run) % 2 == 0 and min(run) >= 0xA1 for run in runs]
    if all(paired) and any(len(run) >= 4 for run in runs):
        encoding = "gb18030"
    elif not any(paired) and all(
        byte >= 0xC0 or byte in b"\x80\x92\x93\x94\x96\x97\xa3\xb0\xbf" for byte in b"".join(runs)
    ):
        encoding = "cp1252"
    else:
        return None
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _json(path: Path, text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> Record:
        found: Record = {}
        for key, value in items:
            if key in found:
                raise RecordError(f"{path}: the key {key!r} stands twice; keep one")
            found[key] = value
        return found

    try:
        # A decimal number stays the text that was written: 1.50 is a price, 1.5 is not what was meant.
        return json.loads(text, parse_int=_whole, parse_float=str, parse_constant=str, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise RecordError(f"{path}:{error.lineno}: not valid JSON: {error.msg} (column {error.colno})") from None


def _whole(text: str) -> int | str:
    """A whole number; one that is longer than any amount stays a text, as Python refuses those of 4,300 digits."""
    return int(text) if len(text) <= _DIGITS else text


class _YamlLoader(yaml.SafeLoader):
    """YAML where only true, false, null and plain whole numbers are not text: `no` is Norway, 007 is 007."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # pyright: ignore[reportIncompatibleVariableOverride]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands twice; keep one", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_CORE: tuple[tuple[str, str, str], ...] = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL)$", "~nN"),
    ("int", rf"^(?:0|-?[1-9][0-9]{{0,{_DIGITS - 2}}})$", "-0123456789"),
)
for _tag, _pattern, _first in _CORE:
    for _char in _first:
        _YamlLoader.yaml_implicit_resolvers.setdefault(_char, []).append(
            (f"tag:yaml.org,2002:{_tag}", re.compile(_pattern))
        )
_YamlLoader.yaml_implicit_resolvers[""] = [("tag:yaml.org,2002:null", re.compile("^$"))]


def _yaml(path: Path, text: str) -> Any:
    try:
        documents = list(yaml.load_all(text, _YamlLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RecordError(f"{path}:{line}: not valid YAML: {error.problem or error}") from None
    except yaml.YAMLError as error:
        raise RecordError(f"{path}: not valid YAML: {error}") from None
    return documents[0] if len(documents) == 1 else documents


def _csv(path: Path, text: str) -> list[Record]:
    first = next(line for line in text.splitlines() if line.strip())
    delimiter = max(",;\t|", key=_outside_quotes(first).count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Record] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                _check_header(path, header)
                continue
            if len(cells) != len(header):
                raise RecordError(
                    f"{path}:{reader.line_num}: {len(cells)} cells where the header has {len(header)};"
                    f' put quotes ("...") round a cell that holds {delimiter!r}'
                )
            rows.append(dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise RecordError(f"{path}:{reader.line_num}: not a valid table: {error}") from None
    if not rows:
        raise RecordError(f"{path}: there is no row under the header")
    return rows


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _check_header(path: Path, header: list[str]) -> None:
    for column, name in enumerate(header, start=1):
        if not name:
            raise RecordError(f"{path}:1: column {column} has no name in the header")
        if name in header[: column - 1]:
            raise RecordError(f"{path}:1: the column {name!r} stands twice; keep one")


def _one(path: Path, rows: list[Record], row: int | None) -> Record:
    if not rows:
        raise RecordError(f"{path}: there is no record in it")
    if row is None:
        if len(rows) > 1:
            raise RecordError(f"{path}: there are {len(rows)} rows; say which with --row 1 to --row {len(rows)}")
        row = 1
    if not 1 <= row <= len(rows):
        raise RecordError(f"{path}: there is no row {row}; there are {len(rows)}, counted from 1 without the header")
    if not rows[row - 1]:
        raise RecordError(f"{path}: the record is empty")
    return rows[row - 1]


def _flat(path: Path, data: dict[Any, Any], prefix: str = "") -> Record:
    flat: Record = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        match value:
            case dict():
                found = _flat(path, cast("dict[Any, Any]", value), f"{name}.")
            case list() if _nested(items := cast("list[Any]", value)):
                found = _flat(path, {str(n): item for n, item in enumerate(items, start=1)}, f"{name}.")
            case _:
                found = {name: value}
        for inner in found:
            if inner in flat:
                raise RecordError(f"{path}: the key {inner!r} stands twice (once nested, once dotted); keep one")
        flat |= found
    return flat


def _nested(items: list[Any]) -> bool:
    return any(isinstance(item, dict | list) for item in items)


def _kind(data: Any) -> str:
    match data:
        case None:
            return "nothing"
        case str():
            return "a text"
        case bool() | int():
            return "a single value"
        case _:
            return type(data).__name__
