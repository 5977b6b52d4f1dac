"""The one interface of all channels, and the words in which they answer. No database, no HTTP.

An adapter turns an `Order` into its vendor's calls. It never raises for a vendor's trouble: what came of a call is one
of four answers, and the difference between them decides whether something is said twice to a whole district.
`Refused`: it never will. `Retry`: it was certainly not taken, so it may be sent again. `Uncertain`: nobody can tell,
so the channel is asked (`find`) before anything is sent again. `Sent`: it was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Action = Literal["create", "edit", "notice", "withdraw"]
CREATE: Action = "create"
EDIT: Action = "edit"
NOTICE: Action = "notice"
WITHDRAW: Action = "withdraw"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. `edit_limit` is how often one post may be changed, None for as often as one likes.

    `notice` says that it takes a correction or an apology as a post of its own.
    """

    create: bool = True
    edit: bool = False
    edit_limit: int | None = None
    delete: bool = False
    notice: bool = False
    read_back: bool = False
    metrics: bool = False
    schedule: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a picture, a film or a sound. `name` has the extension of its type."""

    data: bytes
    mime: str
    name: str


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What an adapter may say of the story behind a rendition.

    `link` is the story's page in the app, marked with this publication, so that a post can be found by it again.
    """

    id: str
    headline: str
    byline: str
    section: str
    class_: str
    link: str


def mark_of(key: str) -> str:
    """Return the mark of a publication: the beginning of its key."""
    return key[:12]


@dataclass(frozen=True)
class Order:
    """What is to be done on a channel.

    `key` is the publication's (SHA-256, hex) and the same for every try. `kind` and `fields` are the signed
    rendition's; `hash` is theirs. A `notice` has `note`, the signed words of the correction or withdrawal; `edit` and
    `withdraw` have the `external_id` of the post they are about. `read_file` returns a file of the house by its id.
    `notes` is what earlier tries wrote down by `keep`, which also renews the lease: call it before each step that
    cannot be undone, and in between where uploads take long.
    """

    publication: str
    key: str
    action: Action
    kind: str
    fields: Mapping[str, Any]
    hash: str
    story: StoryFacts
    now: datetime
    note: str | None = None
    external_id: str | None = None
    read_file: Callable[[str], File] = field(default=lambda _media_id: File(b"", "", ""))
    notes: Mapping[str, Any] = field(default_factory=dict)
    keep: Callable[[Mapping[str, Any]], None] = field(default=lambda _notes: None)

    @property
    def mark(self) -> str:
        """The short mark in `story.link` by which the post can be found again."""
        return mark_of(self.key)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a rendition cannot go out on this channel; `field` is one of its fields, `words` are for its editor."""

    field: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel took it. Not `final`: it only said that it would, and is asked by `progress`, after `ask_after_s`.

    `evidence` is what the receipt keeps beside id and address: numbers and hashes, no texts.
    """

    external_id: str
    url: str | None = None
    final: bool = True
    ask_after_s: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retry:
    """It was certainly not taken. `until` parks it; `whole_channel` parks all that waits for the channel with it."""

    code: str
    words: str
    until: datetime | None = None
    whole_channel: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have been taken: the answer was lost, or made no sense."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It never will be taken as it stands. `field` names what has to be changed, where the channel says so."""

    code: str
    words: str
    field: str | None = None


Outcome = Sent | Retry | Uncertain | Refused


@dataclass(frozen=True, slots=True)
class Shown:
    """What a channel shows to its readers now. `text` is compared with `Channel.expected`, after `normal`."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A counter of one post as the channel tells it. `metric` is read, like, comment, share or complete.

    `devices` is how many different devices are behind it, where the channel tells.
    """

    external_id: str
    metric: str
    value: int
    devices: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """One thing that `flask channels check` asked, and what was answered; `words` are for the operator."""

    name: str
    ok: bool
    words: str


class Unreachable(Exception):
    """A question to a channel got no answer. `code` says why, in the vendor's or the line's words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Channel(Protocol):
    """A channel.

    `send`, `edit`, `delete` and `progress` never raise for the vendor's trouble; the questions `find`, `read_back` and
    `metrics` raise `Unreachable`.
    """

    @property
    def kind(self) -> str:
        """The adapter's short name: `wechat`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Look at a rendition before it is queued; what is wrong with its form."""

    def send(self, order: Order) -> Outcome:
        """Post a rendition (`create`) or the words of a correction (`notice`)."""

    def edit(self, order: Order) -> Outcome:
        """Change the post `order.external_id` into this rendition."""

    def delete(self, order: Order) -> Outcome:
        """Take the post `order.external_id` away. One that is gone already was taken away."""

    def progress(self, order: Order) -> Outcome:
        """Ask what became of a post that was only accepted, `order.external_id`."""

    def find(self, order: Order) -> Sent | None:
        """Ask whether what this order says is out already, by its mark or its key; None if it certainly is not.

        Raises:
            Unreachable: no answer, or nothing can be told yet.
        """

    def expected(self, order: Order) -> str:
        """Return the text that `read_back` has to show once the order is carried out."""

    def read_back(self, external_id: str) -> Shown | None:
        """Read what readers get; None if the post is gone. Only where `capabilities.read_back`.

        Raises:
            Unreachable: no answer.
        """

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Read the counters of posts. Only where `capabilities.metrics`.

        Raises:
            Unreachable: no answer.
        """

    def check_health(self) -> Sequence[Health]:
        """Try the credentials without publishing anything."""


class Shelf(Protocol):
    """What all processes of the house know together about one channel."""

    def token(self, refused: str | None, fetch: Callable[[], tuple[str, int]]) -> str:
        """Return the channel's access token.

        `refused` is one that the vendor has just turned down: then, as when there is none, `fetch` gets a new one and
        how many seconds it lasts. Only one process fetches at a time; the others wait for what it gets. What `fetch`
        raises goes on to the caller.
        """

    def uploaded(self, media_id: str, purpose: str) -> str | None:
        """Return what the vendor calls a file that was uploaded before for this purpose."""

    def keep_upload(self, media_id: str, purpose: str, name: str) -> None:
        """Remember what the vendor calls a file."""
