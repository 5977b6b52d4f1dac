"""Pictures for the demo district, drawn by the computer so that nobody's photograph is taken.

Flat illustrations of places in Baoshan. The same name and size give the same picture in every run.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from demo.pictures.brush import Canvas
from demo.pictures.canteen import elder_canteen
from demo.pictures.harbour import cruise, skyline, wusong_port
from demo.pictures.parks import blast_furnace, cherry, fields
from demo.pictures.rooms import library, newsroom
from demo.pictures.shore import old_town, wetland
from demo.pictures.streets import metro, rain_street, streetlight

_SCENES: dict[str, Callable[[Canvas], None]] = {
    scene.__name__: scene
    for scene in (
        blast_furnace, cherry, cruise, elder_canteen, fields, library, metro, newsroom,
        old_town, rain_street, skyline, streetlight, wetland, wusong_port,
    )
}  # fmt: skip
PICTURES: tuple[str, ...] = tuple(_SCENES)


def draw(name: str, size: tuple[int, int] = (1280, 720)) -> bytes:
    """Draw a picture as JPEG in `size` pixels (width, height); `name` is one of `PICTURES`, else KeyError."""
    canvas = Canvas()
    _SCENES[name](canvas)
    out = io.BytesIO()
    canvas.finish(size).save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()
