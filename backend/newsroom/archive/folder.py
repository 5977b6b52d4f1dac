"""The folder in which the pictures and films of an archive lie. Items name them; only names count."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from backend.newsroom.archive.formats import Refusal, Unreadable
from backend.newsroom.archive.rules import base_name

_MAX_FILES = 200_000
# What WordPress calls the smaller sizes of a picture.
_SIZE = re.compile(r"-\d{1,5}x\d{1,5}(?=\.[a-z0-9]{1,5}$)")


class MediaFolder:
    """All files below a folder, by name. Links are not followed, so that nothing outside of it is ever read."""

    def __init__(self, root: Path | None) -> None:
        self._by_name: dict[str, list[Path]] = {}
        count = 0
        for folder, _, names in os.walk(root) if root else ():
            for name in names:
                path = Path(folder, name)
                if path.is_symlink() or not path.is_file():
                    continue
                count += 1
                if count > _MAX_FILES:
                    raise Unreadable("too_many", f"媒体文件夹里超过 {_MAX_FILES} 个文件，请分批导入。")
                self._by_name.setdefault(name.lower(), []).append(path)

    def find(self, reference: str) -> Path:
        """Return the file that an item means.

        Raises:
            Refusal: where there is none, or several of the name and nothing to tell them apart.
        """
        name = base_name(reference)
        names = (name, unquote(name), _SIZE.sub("", name), _SIZE.sub("", unquote(name)))
        found = next((self._by_name[one] for one in names if one in self._by_name), None)
        if found is None:
            raise Refusal("media", "missing_file", f"媒体文件夹里没有“{name[:80]}”，文字已收，图片请补传。")
        return found[0] if len(found) == 1 else _nearest(found, reference)


def _nearest(found: list[Path], reference: str) -> Path:
    """Choose the one whose folders agree with those of the reference for longest."""
    wanted = [part.lower() for part in re.split(r"[/\\]", reference.partition("?")[0])]

    def agreement(path: Path) -> int:
        parts = [part.lower() for part in path.parts]
        same = 0
        while same < min(len(parts), len(wanted)) and parts[-1 - same] == wanted[-1 - same]:
            same += 1
        return same

    best = sorted(found, key=agreement, reverse=True)
    if agreement(best[0]) == agreement(best[1]):
        raise Refusal("media", "ambiguous", f"媒体文件夹里有几个“{best[0].name[:80]}”，不知用哪一个。")
    return best[0]
