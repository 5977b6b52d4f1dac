"""Shapes of rundowns, of their items, and of logs of the air."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from backend.form_errors import MISSING, fault
from backend.forms import Choice, Form, Id, Moment, Number, Shape, Size, Text, Timestamp
from backend.newsroom.editing.packages.limits import LIMITS
from backend.newsroom.editing.packages.schemas import MAX_SECONDS
from backend.publishing.broadcast.rules import (
    BREAK,
    CLIP,
    CRAWL,
    DAY,
    DAY_S,
    ITEM,
    KINDS,
    LIVE,
    LOWER_THIRDS,
    MAX_ITEMS,
    MEDIA,
    RUNDOWN,
    SCOPES,
    SHOW,
    SPOKEN,
    SWAPS,
)


def _unknown(field: str, words: str) -> ValidationError:
    return ValidationError({field: fault("unknown_field", words).messages})


class RundownForm(Form):
    """Beginning a show's rundown, or (`scope` day) the list of crawls of the day on which `airtime` falls."""

    SHAPES = (
        Shape(("medium", "show", "airtime", "planned_seconds"), ("scope", "director"), {"scope": [SHOW]}),
        Shape(("medium", "scope", "show", "airtime"), ("director",), {"scope": [DAY], "medium": ["tv"]}),
    )

    medium = Choice(list(MEDIA), required=True)
    scope = Choice(list(SCOPES), load_default=SHOW)
    show = Text(at_most=60, required=True)
    airtime = Moment(required=True)
    planned_seconds = Number(1, DAY_S)
    director = Id()

    @validates_schema
    def fit_together(self, data: dict[str, Any], **_: Any) -> None:
        """Demand the length of a show; a day has its own, and crawls are television's."""
        if data["scope"] == SHOW and "planned_seconds" not in data:
            raise ValidationError({"planned_seconds": [MISSING]})
        if data["scope"] != SHOW and "planned_seconds" in data:
            raise _unknown("planned_seconds", "全天滚动字幕单没有时长。")
        if data["scope"] != SHOW and data["medium"] != "tv":
            raise ValidationError({"scope": fault("not_a_choice", "广播没有滚动字幕。").messages})


class RundownEditForm(Form):
    """Changing a rundown that is being made."""

    AT_LEAST_ONE = True

    show = Text(at_most=60)
    airtime = Moment()
    planned_seconds = Number(1, DAY_S)
    director = Id(allow_none=True)


class LowerThirdForm(Form):
    """A caption 人名条/标题条: from and to which second of its item it stands."""

    kind = Choice(list(LOWER_THIRDS), required=True)
    text = Text(at_most=2 * LIMITS["rundown_item"]["lower_third"], required=True)
    in_ = Number(0, MAX_SECONDS, required=True, data_key="in")
    out = Number(1, MAX_SECONDS, required=True)

    @post_load
    def as_it_is_kept(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Name the fields as they are kept."""
        return {"kind": data["kind"], "text": data["text"], "in": data["in_"], "out": data["out"]}


class _ItemFields(Form):
    slug = Text(at_most=100)
    planned_seconds = Number(1, MAX_SECONDS)
    lower_thirds = fields.List(fields.Nested(LowerThirdForm), validate=Size(max=LIMITS["rundown_item"]["lower_thirds"]))
    clips = fields.List(Id(), validate=Size(max=20))
    repeats = Number(1, 500)
    from_at = Moment(data_key="from")
    to_at = Moment(data_key="to")


# What an item of each kind needs, and what it may have besides.
_ENTRIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    SPOKEN: (("rendition",), ("planned_seconds", "lower_thirds")),
    CLIP: (("rendition",), ("planned_seconds", "lower_thirds")),
    LIVE: (("planned_seconds",), ("rendition", "lower_thirds")),
    BREAK: (("planned_seconds",), ("clips",)),
    CRAWL: (("rendition",), ("repeats", "from", "to")),
}


class RundownEntryForm(_ItemFields):
    """Putting an item in. What is said on the air is a rendition's; only breaks have clips of their own."""

    SHAPES = tuple(
        Shape(("kind", *needs), ("slug", "position", *may), {"kind": [kind]}) for kind, (needs, may) in _ENTRIES.items()
    )

    kind = Choice(list(KINDS), required=True)
    rendition = Id()
    position = Number(1, MAX_ITEMS)

    @validates_schema
    def fit_together(self, data: dict[str, Any], **_: Any) -> None:
        """Demand the fields of this kind of item and no others."""
        needs, may = _ENTRIES[data["kind"]]
        _demand(data, {"kind", "slug", "position"}, needs, may)


def _demand(data: dict[str, Any], common: set[str], needs: Collection[str], may: Collection[str] = ()) -> None:
    given = {_KEYS.get(name, name) for name in data} - common
    for name in needs:
        if name not in given:
            raise ValidationError({name: [MISSING]})
    for name in sorted(given - {*needs, *may}):
        raise _unknown(name, "这里没有这个字段。")


_KEYS = {"with_": "with", "from_at": "from", "to_at": "to"}


class RundownEntryEditForm(_ItemFields):
    """Changing an item."""

    AT_LEAST_ONE = True


class RundownOrderForm(Form):
    """All items of the show in the order that they are to have."""

    items = fields.List(Id(), required=True, validate=Size(min=1, max=MAX_ITEMS))


class AirCorrectionForm(Form):
    """Which target of a case the correction is for."""

    target = Id(required=True)


class RundownReasonForm(Form):
    """Why."""

    reason = Text(at_most=300, required=True)


_SHAPES = {
    "swap": ("item", "with"),
    "move": ("item", "position"),
    "drop": ("item",),
    "insert": ("insert",),
}


class RundownSwapForm(Form):
    """What a director does to a locked rundown: swap two items, move one, drop one, or insert one."""

    SHAPES = tuple(Shape(("reason", "do", *needs), (), {"do": [name]}) for name, needs in _SHAPES.items())

    reason = Text(at_most=300, required=True)
    do = Choice(list(SWAPS), required=True)
    item = Id()
    with_ = Id(data_key="with")
    position = Number(1, MAX_ITEMS)
    insert = fields.Nested(RundownEntryForm)

    @validates_schema
    def fit_together(self, data: dict[str, Any], **_: Any) -> None:
        """Demand exactly the fields of what is done."""
        _demand(data, {"do", "reason"}, _SHAPES[data["do"]])


class RundownCrawlForm(Form):
    """A crawl: which text, how often, and between which hours."""

    rendition = Id(required=True)
    slug = Text(at_most=100)
    repeats = Number(1, 500)
    from_at = Moment(data_key="from")
    to_at = Moment(data_key="to")


class AsRunEntryForm(Form):
    """One item that was on the air, by its id or its slug; without `end` it still is."""

    item = Text(at_most=100, required=True)
    start = Moment(required=True)
    end = Moment()


class AsRunForm(Form):
    """A log of the air."""

    items = fields.List(fields.Nested(AsRunEntryForm), required=True, validate=Size(min=1, max=MAX_ITEMS))


class RundownPersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class LowerThirdSchema(Schema):
    """A caption, in seconds from the beginning of its item."""

    kind = fields.String(required=True, metadata={"enum": list(LOWER_THIRDS)})
    text = fields.String(required=True)
    in_ = fields.Integer(required=True, data_key="in")
    out = fields.Integer(required=True)


class RundownClipSchema(Schema):
    """A clip and how long it is."""

    media = fields.String(required=True)
    seconds = fields.Float(required=True)


class AsRunSchema(Schema):
    """When an item was on the air, as far as the log has come."""

    start = Timestamp(required=True, allow_none=True)
    end = Timestamp(required=True, allow_none=True)


class RundownItemSchema(Schema):
    """An item. `starts_at` is its front time, `back_at` the latest at which it may begin for the show to end on time.

    `elapsed_seconds` are those of the show when it has ended, `remaining_seconds` those left when it begins. A text
    that is `withheld` is confidential and not locked yet.
    """

    id = fields.String(required=True)
    position = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(ITEM.states)})
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    kind_name = fields.String(required=True)
    slug = fields.String(required=True)
    rendition = fields.String(required=True, allow_none=True)
    story = fields.String(required=True, allow_none=True)
    publication = fields.String(required=True, allow_none=True)
    target = fields.String(required=True, allow_none=True)
    planned_seconds = fields.Integer(required=True)
    estimated_seconds = fields.Integer(required=True)
    over_seconds = fields.Integer(required=True, allow_none=True)
    starts_at = Timestamp(required=True, allow_none=True)
    back_at = Timestamp(required=True, allow_none=True)
    elapsed_seconds = fields.Integer(required=True, allow_none=True)
    remaining_seconds = fields.Integer(required=True, allow_none=True)
    cleared = fields.Boolean(required=True)
    withheld = fields.Boolean(required=True)
    script = fields.String(required=True)
    lower_thirds = fields.List(fields.Nested(LowerThirdSchema), required=True)
    clips = fields.List(fields.Nested(RundownClipSchema), required=True)
    script_hash = fields.String(required=True, allow_none=True)
    repeats = fields.Integer(required=True, allow_none=True)
    from_ = Timestamp(required=True, allow_none=True, data_key="from")
    to = Timestamp(required=True, allow_none=True)
    emergency = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True)
    as_run = fields.Nested(AsRunSchema, required=True)


class RundownSchema(Schema):
    """A rundown. `over_seconds` is how much longer than planned it runs, as it stands; below 0 if shorter.

    `removed` are items that were dropped or withdrawn.
    """

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(RUNDOWN.states)})
    state_name = fields.String(required=True)
    medium = fields.String(required=True, metadata={"enum": list(MEDIA)})
    scope = fields.String(required=True, metadata={"enum": list(SCOPES)})
    show = fields.String(required=True)
    airtime = Timestamp(required=True)
    ends_at = Timestamp(required=True)
    planned_seconds = fields.Integer(required=True)
    total_seconds = fields.Integer(required=True)
    over_seconds = fields.Integer(required=True, allow_none=True)
    expected_end = Timestamp(required=True, allow_none=True)
    issue = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    director = fields.Nested(RundownPersonSchema, required=True, allow_none=True)
    created_by = fields.Nested(RundownPersonSchema, required=True)
    locked_by = fields.Nested(RundownPersonSchema, required=True, allow_none=True)
    locked_at = Timestamp(required=True, allow_none=True)
    on_air_at = Timestamp(required=True, allow_none=True)
    aired_at = Timestamp(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    items = fields.List(fields.Nested(RundownItemSchema), required=True)
    crawls = fields.List(fields.Nested(RundownItemSchema), required=True)
    removed = fields.List(fields.Nested(RundownItemSchema), required=True)
    allowed = fields.List(fields.String(), required=True)


class MosItemSchema(Schema):
    """A clip or a caption of a story, with the names that MOS has for these."""

    item_id = fields.String(required=True, data_key="itemID")
    item_slug = fields.String(required=True, data_key="itemSlug")
    object_id = fields.String(required=True, data_key="objID")
    mos_id = fields.String(required=True, data_key="mosID")
    time_base = fields.Integer(required=True, data_key="objTB")
    start = fields.Integer(required=True, data_key="itemEdStart")
    length = fields.Integer(required=True, data_key="itemEdDur")


class MosStorySchema(Schema):
    """An item of the rundown, which is a story in MOS."""

    story_id = fields.String(required=True, data_key="storyID")
    slug = fields.String(required=True, data_key="storySlug")
    number = fields.String(required=True, data_key="storyNum")
    body = fields.String(required=True, data_key="storyBody")
    items = fields.List(fields.Nested(MosItemSchema), required=True)
    more = fields.Dict(required=True, data_key="mosExternalMetadata")


class MosRundownSchema(Schema):
    """A rundown with the names that MOS has for its fields; what MOS has no name for is in `mosExternalMetadata`."""

    rundown_id = fields.String(required=True, data_key="roID")
    slug = fields.String(required=True, data_key="roSlug")
    start = fields.String(required=True, data_key="roEdStart")
    length = fields.String(required=True, data_key="roEdDur")
    air = fields.String(required=True, data_key="roAir", metadata={"enum": ["READY", "NOT READY"]})
    stories = fields.List(fields.Nested(MosStorySchema), required=True)
    more = fields.Dict(required=True, data_key="mosExternalMetadata")
