"""What history keeps of a story when it is handed in, signed and published: whose it is, of what form, for which task.

The assessment knows a story from these events alone (NEWSROOM.md section 6), so they hold numbers and ids, no words.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from backend.blocks import plain_text
from backend.newsroom.editing.models import Story
from backend.newsroom.interview.models import Assignment
from backend.unit_of_work import UnitOfWork

_FORMS = ("image", "video", "audio")


def credits_of(unit: UnitOfWork, story: Story) -> dict[str, Any]:
    """Return `{shares, form, class, assignment, line, desk}` of a story as it stands.

    `shares` is a list of `[account, per cent]`, the author alone where nobody wrote down how it is shared. `form` has
    the `chars` of the body, and how many pictures, films and recordings it shows; `line` is the kind of report that
    its assignment asked for, `desk` the one the assignment is of.
    """
    task = unit.session.get(Assignment, story.assignment_id) if story.assignment_id else None
    counted = Counter(block["type"] for block in story.body)
    return {
        "shares": [[one["id"], one["share"]] for one in story.shares] or [[story.author_id, 100]],
        "form": {"chars": count_chars(story.body)} | {f"{kind}s": counted[kind] for kind in _FORMS},
        "class": story.class_,
        "assignment": story.assignment_id,
        "line": task.kind if task else None,
        "desk": task.desk if task else None,
    }


def count_chars(body: Any) -> int:
    """Count what a reader reads of a body, without blanks."""
    return len("".join(plain_text(body).split()))
