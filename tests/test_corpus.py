"""Forms that others wrote, filled from pixels; the oracle is the post that their server gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import FORMS
from tests.corpus.drive import Score, assert_share, fill
from tests.corpus.forms import Form

pytestmark = pytest.mark.display
scores: list[Score] = []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_nothing_is_silently_wrong(form: Form, tmp_path: Path) -> None:
    fill(form, tmp_path, scores)


def test_nearly_every_field_is_right() -> None:
    assert_share(scores, FORMS, least=0.97)
