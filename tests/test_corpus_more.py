"""Forms in the styles of further packages; CI fills three of them, `DESKHAND_ALL=1` fills all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.corpus.drive import Score, drive
from tests.corpus.forms import Form
from tests.corpus.more import MORE

pytestmark = pytest.mark.display
SHORT = ("bulma-event", "uikit-steps", "primer-placeholders")
CHOSEN = [form for form in MORE if os.environ.get("DESKHAND_ALL") or form.name in SHORT]
scores: list[Score] = []


@pytest.mark.parametrize("form", CHOSEN, ids=lambda form: form.name)
def test_nothing_is_silently_wrong(form: Form, tmp_path: Path) -> None:
    result = drive(form, tmp_path)
    scores.append(result)
    print(f"{result.form}: {result.status}, {result.right}/{result.total} right, {result.seconds} s; {result.reason}")
    assert result.status != "crashed", result.reason
    assert not result.silent, f"{result.status}: {result.reason}"


def test_nearly_every_field_is_right() -> None:
    if len(scores) < len(CHOSEN):
        pytest.skip("only part of the corpus was run")
    right, total = sum(s.right for s in scores), sum(s.total for s in scores)
    missed = [f"{s.form} ({s.status}: {s.reason})" for s in scores if s.missed]
    # Solid radio buttons, and two pages at display scales above 1, are not read well enough yet.
    # Of three forms one may say "not filled" on an overloaded machine.
    least = 0.85 if os.environ.get("DESKHAND_ALL") else 0.6
    assert right / total >= least, f"{right} of {total} fields; not filled: {missed}"
