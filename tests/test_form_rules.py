"""What holds for all forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import wsgi  # noqa: F401  # it knows all rooms, and so all forms
from backend.forms import Form


def below(form: type[Form]) -> Iterator[type[Form]]:
    for each in form.__subclasses__():
        yield each
        yield from below(each)


EDITS = sorted({each for each in below(Form) if each.AT_LEAST_ONE}, key=lambda each: each.__name__)


@pytest.mark.parametrize("form", EDITS, ids=lambda form: form.__name__)
def test_an_edit_that_changes_nothing_is_refused(form: type[Form]) -> None:
    assert [error.code for error in form().validate({})["_schema"]] == ["empty"]
