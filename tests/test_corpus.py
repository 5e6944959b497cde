"""Forms that others wrote, filled from pixels; the oracle is the post that their server gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import FORMS
from tests.corpus.drive import Score, drive
from tests.corpus.forms import Form

pytestmark = pytest.mark.display
scores: list[Score] = []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_nothing_is_silently_wrong(form: Form, tmp_path: Path) -> None:
    result = drive(form, tmp_path)
    scores.append(result)
    print(f"{result.form}: {result.status}, {result.right}/{result.total} right, {result.seconds} s; {result.reason}")
    assert result.status != "crashed", result.reason
    assert not result.silent, f"{result.status}: {result.reason}"


def test_nearly_every_field_is_right() -> None:
    if len(scores) < len(FORMS):
        pytest.skip("only part of the corpus was run")
    right, total = sum(s.right for s in scores), sum(s.total for s in scores)
    missed = [f"{s.form} ({s.status}: {s.reason})" for s in scores if s.missed]
    print(f"{right} of {total} fields right in {len(scores)} forms")
    # The aim is 98 %. One form that says "not filled" on an overloaded machine costs up to 8 fields of 103.
    assert right / total >= 0.92, f"{right} of {total} fields; not filled: {missed}"
