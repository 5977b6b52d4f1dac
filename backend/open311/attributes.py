"""The further questions of a service and the answers to them. No database here.

Source: wiki.open311.org/GeoReport_v2, "GET Service Definition" and "POST Service Request".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.errors import FieldError
from backend.open311.moments import read_moment
from backend.open311.refusals import fault

MAX_ANSWER = 2000
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}([.][0-9]{1,15})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_LISTS = ("singlevaluelist", "multivaluelist")

Question = Mapping[str, Any]
Given = Mapping[str, Sequence[str]]


def define(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Write the questions with every field that the standard has, in their order."""
    return [
        {
            "variable": bool(each.get("variable", True)),
            "code": each["code"],
            "datatype": each["datatype"],
            "required": bool(each.get("required", False)),
            "datatype_description": each.get("datatype_description"),
            "order": order,
            "description": each["description"],
            "values": [{"key": value["key"], "name": value["name"]} for value in each.get("values", ())],
        }
        for order, each in enumerate(questions, 1)
    ]


def answer(questions: Sequence[Question], given: Given) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """Hold answers against the questions of a service.

    Returns them as they are kept, `[{code, question, answers}]` with the names of what was chosen, and what is wrong.
    Answers to questions that the service does not have are left out; `strangers` names them.
    """
    kept: list[dict[str, Any]] = []
    faults: list[FieldError] = []
    for question in questions:
        if not question.get("variable", True):
            continue
        texts = [text for text in given.get(question["code"], ()) if text.strip()]
        wrong = _wrong(question, texts)
        if wrong is not None:
            faults.append(fault(f"attribute[{question['code']}]", *wrong))
        elif texts:
            answers = [_name_of(question, text) for text in texts]
            kept.append({"code": question["code"], "question": question["description"], "answers": answers})
    return kept, faults


def strangers(questions: Sequence[Question], given: Given) -> list[str]:
    """List the codes that were answered and that the service does not ask for."""
    asked = {question["code"] for question in questions if question.get("variable", True)}
    return sorted(set(given) - asked)


def _wrong(question: Question, texts: Sequence[str]) -> tuple[str, str] | None:
    if not texts:
        return ("missing", "必填") if question.get("required") else None
    if len(texts) > 1 and question["datatype"] != "multivaluelist":
        return "repeated", "只能有一个值"
    if any(len(text) > MAX_ANSWER for text in texts):
        return "too_long", f"最多 {MAX_ANSWER} 个字"
    if all(_FITS[question["datatype"]](question, text) for text in texts):
        return None
    return "invalid", _WANTED[question["datatype"]]


def _name_of(question: Question, text: str) -> str:
    if question["datatype"] not in _LISTS:
        return text
    return next(str(value["name"]) for value in question["values"] if value["key"] == text)


def _is_listed(question: Question, text: str) -> bool:
    return any(value["key"] == text for value in question["values"])


def _is_number(_question: Question, text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None and math.isfinite(float(text))


def _is_moment(_question: Question, text: str) -> bool:
    try:
        read_moment(text)
    except ValueError:
        return False
    return True


_FITS: Mapping[str, Callable[[Question, str], bool]] = {
    "string": lambda _question, text: "\n" not in text,
    "number": _is_number,
    "datetime": _is_moment,
    "text": lambda _question, _text: True,
    "singlevaluelist": _is_listed,
    "multivaluelist": _is_listed,
}
_WANTED: Mapping[str, str] = {
    "string": "不能换行",
    "number": "要填数字",
    "datetime": "要填时间，例如 2026-01-01T00:00:00Z",
    "text": "",
    "singlevaluelist": "要填所列选项的 key",
    "multivaluelist": "要填所列选项的 key",
}
