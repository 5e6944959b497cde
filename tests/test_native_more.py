"""Dialogs of toolkits that desktop tools are made of, filled and led from pixels; the oracle is what they print.

CI runs those in Tk; `DESKHAND_ALL=1` runs all whose toolkit the system's own Python has.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.test_native import all_ok, fill, follow, shared

__all__ = ["shared"]

pytestmark = pytest.mark.display
PYTHON = "/usr/bin/python3"
NATIVE = Path(__file__).with_name("native")
QUICK = ("parcel_ttk", "contacts_tk")

FORMS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "parcel_ttk": (
        "import tkinter",
        {
            "sender": {"name": "Petra Falk", "street": "Am Markt 3", "city": "Jena"},
            "recipient": {"name": "Luka Horvat", "street": "Ilica 12", "city": "Zagreb", "country": "Croatia"},
            "weight_kg": 2.5, "size": "L", "insured": True, "fragile": False,
        },
        {
            "from_name": "Petra Falk", "from_street": "Am Markt 3", "from_city": "Jena", "to_name": "Luka Horvat",
            "to_street": "Ilica 12", "to_city": "Zagreb", "country": "Croatia", "weight": "2.5", "size": "L",
            "insured": True, "fragile": False,
        },
    ),
    "employee_qt5": (
        "import PyQt5.QtWidgets",
        {
            "full_name": "Jürgen Nowak", "email": "j.nowak@example.org", "department": "Marketing",
            "start_date": "2026-09-15", "hours_per_week": 32, "salary": "3450.50", "works_remotely": True,
            "gets_a_key": False, "contract": "Fixed term", "notes": "Speaks Polish\nNeeds a desk",
        },
        {
            "name": "Jürgen Nowak", "mail": "j.nowak@example.org", "dept": "Marketing", "start": "2026-09-15",
            "hours": 32, "salary": 3450.5, "remote": True, "key": False, "contract": "Fixed term",
            "notes": "Speaks Polish\nNeeds a desk",
        },
    ),
    "preferences_qt6": (
        "import PyQt6.QtWidgets",
        {
            "user_name": "amelie", "language": "Polski", "save_automatically": True, "interval": 15,
            "keep_backup_copies": False, "proxy": "Manual proxy", "proxy_host": "proxy.example.org",
            "proxy_port": 3128, "theme": "High contrast", "opacity": 80, "show_toolbar": False,
            "show_status_bar": True,
        },
        {
            "user": "amelie", "lang": "Polski", "auto": True, "every": 15, "back": False, "host": "proxy.example.org",
            "port": 3128, "proxy": "manual", "theme": "High contrast", "opacity": 80, "tool": False, "status": True,
        },
    ),
    "printer_gtk3": (
        "import gi; gi.require_version('Gtk', '3.0')",
        {
            "name": "Laser-2", "location": "House B, room 214", "driver": "PostScript", "copies": 3,
            "print_on_both_sides": True, "colour": False, "paper": "Letter", "share_this_printer": True,
            "toner_density": 70, "comment": "Beside the lift",
        },
        {
            "name": "Laser-2", "place": "House B, room 214", "driver": "PostScript", "copies": 3, "duplex": True,
            "colour": False, "paper": "Letter", "share": True, "density": 70.0, "comment": "Beside the lift",
        },
    ),
}  # fmt: skip


@cache
def has(statement: str) -> bool:
    done = subprocess.run([PYTHON, "-c", statement], capture_output=True, timeout=30, check=False)
    return done.returncode == 0


def chosen(name: str, statement: str) -> None:
    if name not in QUICK and not os.environ.get("DESKHAND_ALL"):
        pytest.skip("DESKHAND_ALL=1 runs it")
    if not has(statement):
        assert name not in QUICK, f"the set-up installs what {statement!r} needs"
        pytest.skip(f"the system's Python can't {statement}")


@pytest.mark.parametrize("name", FORMS)
def test_a_dialog_gets_every_value(name: str, tmp_path: Path) -> None:
    statement, record, expected = FORMS[name]
    chosen(name, statement)
    answer, printed = fill(tmp_path, f"{PYTHON} {NATIVE / name}.py", record)
    assert all_ok(answer), answer
    assert json.loads(printed.splitlines()[-1]) == expected


def test_menus_a_dialog_over_the_window_and_a_question(tmp_path: Path, shared: Path) -> None:
    chosen("contacts_tk", "import tkinter")
    sentences = ["Open Contact > New.", "Enter 'Grace Hopper' in Name.", "Enter '555-0199' in Phone."]
    sentences += [
        "Enter 'Boston' in City.",
        "Click Save.",
        "Click 'Emil Post'.",
        "Open Contact > Delete.",
        "Click Yes.",
    ]
    answer = follow(tmp_path, f"{PYTHON} {NATIVE / 'contacts_tk.py'}", sentences)
    assert answer["status"] == "done", answer
    rows = json.loads((tmp_path / "trace" / "output.txt").read_text("utf-8").splitlines()[-1])
    assert [row[0] for row in rows] == ["Ada Byron", "Kurt Wolf", "Grace Hopper"]


def test_menus_submenus_and_a_dialog_of_preferences(tmp_path: Path, shared: Path) -> None:
    chosen("writer_qt5", "import PyQt5.QtWidgets")
    sentences = ["Open View > Zoom > 150%.", "Open View > Show ruler.", "Open Tools > Preferences."]
    sentences += [
        "Check 'Wrap long lines'.",
        "Set 'Tab width' to 8.",
        "Select 'Single' in 'Quotation marks'.",
        "Click OK.",
    ]
    answer = follow(tmp_path, f"{PYTHON} {NATIVE / 'writer_qt5.py'}", sentences)
    assert answer["status"] == "done", answer
    state = json.loads((tmp_path / "trace" / "output.txt").read_text("utf-8").splitlines()[-1])
    assert state == {"zoom": "150%", "ruler": True, "status": True, "wrap": True, "tab": 8, "quote": "Single"}
