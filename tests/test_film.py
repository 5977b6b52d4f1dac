"""Films and sound: measured, given a poster and a stream by ffmpeg, over HTTP from the running server."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from scenario.examine import publish
from scenario.people import Person
from tests import media_files as files
from tests.support.server import Server, wait_until
from tests.sync.database import rows

pytestmark = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed (`make film`)"
)
IMMUTABLE = "public, max-age=31536000, s-maxage=60, immutable"
# Others of the suite may have films in work on the same server, and this machine has two processors.
PATIENCE_S = 180
SOURCES = [{"name": "公园管理处", "kind": "official", "verified": True}]


def made(path: Path, *args: str) -> bytes:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *args, str(path)], check=True, timeout=120)
    return path.read_bytes()


def moving(size="640x360", seconds=3, rate=15) -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}"]


def tone(seconds=3, volume="0dB", hertz=997) -> list[str]:
    # The source has an eighth of full scale.
    return ["-f", "lavfi", "-i", f"sine=frequency={hertz}:sample_rate=48000:duration={seconds},volume={volume}"]


CODED = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return made(tmp_path_factory.mktemp("film") / "film.mp4", *moving(), *tone(), *CODED, "-movflags", "+faststart")


@pytest.fixture(scope="module")
def reporter(server: Server) -> Person:
    return server.staff("reporter")


def uploaded(person: Person, data: bytes) -> dict[str, Any]:
    answer = person.post("/media", files={"file": ("x", data)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def facts(person: Person, media: dict[str, Any]) -> dict[str, Any]:
    return person.does("GET", f"/media/{media['id']}/facts")


def settled(person: Person, media: dict[str, Any]) -> dict[str, Any] | None:
    now = facts(person, media)
    return now if now["work"] in {"done", "failed"} else None


def worked(person: Person, data: bytes) -> dict[str, Any]:
    media = uploaded(person, data)
    return wait_until(lambda: settled(person, media), PATIENCE_S, 0.1)


def path_of(url: str) -> str:
    return url.removeprefix("/api/v1")


def played(person: Person, media: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Download a stream as a player does, and return what ffprobe finds in each variant."""
    base = path_of(media["hls"]).removesuffix("master.m3u8")
    found = []
    master = person.get(base + "master.m3u8")
    assert master.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    for name in re.findall(r"^[^#\s].*$", master.text, re.MULTILINE):
        playlist = person.get(base + name)
        assert "#EXT-X-ENDLIST" in playlist.text
        pieces = re.findall(r"^[^#\s].*$", playlist.text, re.MULTILINE)
        for piece in pieces:
            answer = person.get(base + piece)
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp2t")
            (folder / piece).write_bytes(answer.content)
        (folder / name).write_text(playlist.text)
        shown = ["-show_entries", "format=duration:stream=codec_name,width,height", "-of", "json", str(folder / name)]
        asked = subprocess.run(["ffprobe", "-v", "error", *shown], capture_output=True, check=True, timeout=30)
        found.append(json.loads(asked.stdout) | {"pieces": len(pieces)})
    return found


def test_a_film_gets_its_length_loudness_poster_and_a_stream_that_plays(reporter, film, tmp_path):
    media = worked(reporter, film)
    assert (media["work"], media["progress"], media["problem"]) == ("done", 100, None)
    assert media["duration_s"] == pytest.approx(3, abs=0.1)
    # BS.1770: a sine of 997 Hz on one channel measures 3 dB less than its peak, which is an eighth of full scale.
    assert media["loudness"]["lufs"] == pytest.approx(-21.1, abs=1)
    assert -20 < media["loudness"]["peak"] < -10
    assert media["loudness"]["range"] is None
    poster = Image.open(io.BytesIO(reporter.get(path_of(media["poster"])).content))
    assert (poster.format, poster.size) == ("JPEG", (640, 360))
    assert [(one["name"], one["width"], one["height"]) for one in media["streams"]] == [("360p", 640, 360)]
    assert media["streams"][0]["bandwidth"] > 800_000
    (variant,) = played(reporter, media, tmp_path)
    assert sorted(stream["codec_name"] for stream in variant["streams"]) == ["aac", "h264"]
    assert float(variant["format"]["duration"]) == pytest.approx(3, abs=0.2)


def test_a_large_film_is_made_smaller_twice_and_cut_in_pieces_and_a_turned_one_stands(reporter, tmp_path):
    flat = made(tmp_path / "flat.mp4", *moving("1920x1080", 8, 5), *CODED)
    (tmp_path / "flat.mp4").write_bytes(flat)
    turned = made(tmp_path / "turned.mp4", "-i", str(tmp_path / "flat.mp4"), "-metadata:s:v", "rotate=90", "-c", "copy")
    media = worked(reporter, turned)
    assert (media["width"], media["height"]) == (1080, 1920)
    assert media["loudness"] is None
    assert [(one["name"], one["width"], one["height"]) for one in media["streams"]] == [
        ("720p", 720, 1280),
        ("360p", 360, 640),
    ]
    assert [variant["pieces"] for variant in played(reporter, media, tmp_path)] == [2, 2]
    poster = Image.open(io.BytesIO(reporter.get(path_of(media["poster"])).content))
    assert poster.size == (1080, 1920)


def test_a_small_film_is_not_made_larger(reporter, tmp_path):
    media = worked(reporter, made(tmp_path / "small.webm", *moving("161x91", 2), "-c:v", "libvpx"))
    assert (media["width"], media["height"]) == (161, 91)
    assert [(one["width"], one["height"]) for one in media["streams"]] == [(160, 90)]


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "aac", "ogg", "wav"])
def test_sound_gets_its_loudness_and_a_stream(reporter, tmp_path, suffix):
    coded = ["-c:a", "libvorbis"] if suffix == "ogg" else []
    media = worked(reporter, made(tmp_path / f"sound.{suffix}", *tone(35, "-6dB"), *coded))
    assert (media["work"], media["kind"], media["poster"]) == ("done", "audio", None)
    assert media["duration_s"] == pytest.approx(35, abs=0.2)
    assert media["loudness"]["lufs"] == pytest.approx(-27.1, abs=1)
    # How many frames there are is not known beforehand of bare ones.
    assert media["loudness"]["range"] == (None if suffix == "aac" else pytest.approx(0, abs=0.5))
    assert [(one["name"], one["width"]) for one in media["streams"]] == [("audio", None)]
    (variant,) = played(reporter, media, tmp_path)
    assert [stream["codec_name"] for stream in variant["streams"]] == ["aac"]
    assert variant["pieces"] == 6
    assert reporter.get(f"/media/{media['id']}/poster").status_code == 404


def test_silence_is_no_number_that_json_cannot_say(reporter):
    media = worked(reporter, files.wav())
    assert media["loudness"] == {"lufs": -70, "peak": None, "range": None}


def test_the_same_bytes_are_worked_on_once(server, reporter, film):
    first, citizen = worked(reporter, film), server.citizen()
    second = uploaded(citizen, film)
    assert second["work"] == "done", "it is known at once"
    different = {"id", "url", "poster", "hls", "streams", "problem"}
    assert {name: value for name, value in first.items() if name not in different} == {
        name: value for name, value in second.items() if name not in different
    }
    assert citizen.get(path_of(second["poster"])).content == reporter.get(path_of(first["poster"])).content
    assert citizen.get(path_of(first["poster"])).status_code == 404, "the other one's is not theirs"
    assert rows(server, "SELECT state FROM job WHERE key = :key", key=f"media.film:{first['sha256']}") == [("done",)]


def test_the_same_bytes_uploaded_at_once_are_worked_on_once(server, reporter, tmp_path):
    data = made(tmp_path / "twice.mp4", *moving(seconds=2), *CODED)
    people = [reporter, server.citizen(), server.citizen()]
    ids = [uploaded(person, data) for person in people]
    done = [wait_until(lambda p=p, m=m: settled(p, m), PATIENCE_S, 0.1) for p, m in zip(people, ids, strict=True)]
    assert [(one["work"], one["progress"], bool(one["hls"])) for one in done] == [("done", 100, True)] * 3
    assert rows(server, "SELECT count(*) FROM job WHERE key = :key", key=f"media.film:{ids[0]['sha256']}") == [(1,)]


def cut(film: bytes) -> bytes:
    """A film of which the second half of the pictures is missing, and every box says what it is long."""
    at = 0
    while film[at + 4 : at + 8] != b"mdat":
        at += struct.unpack(">I", film[at : at + 4])[0]
    keep = (len(film) - at) // 3
    return film[:at] + struct.pack(">I", keep) + film[at + 4 : at + keep]


def test_a_film_that_breaks_off_fails_with_words_and_keeps_its_poster(reporter, film):
    media = worked(reporter, cut(film))
    assert media["work"] == "failed"
    assert "不完整" in media["problem"]
    assert media["hls"] is None
    assert media["streams"] == []
    assert reporter.get(path_of(media["poster"])).status_code == 200
    assert reporter.get(f"/media/{media['id']}/hls/master.m3u8").status_code == 404
    assert reporter.get(path_of(media["url"])).status_code == 200, "the file itself is there"


def test_nothing_that_stands_in_a_film_gets_into_the_log(server, reporter, tmp_path):
    """ffmpeg tells what a file says of itself, and a phone may write its owner's name there."""
    tags = [f"{name}=张三的手机 13812345678" for name in ("title", "comment")]
    options = [*CODED, "-movflags", "+faststart", *(part for tag in tags for part in ("-metadata", tag))]
    film = cut(made(tmp_path / "tagged.mp4", *moving(), *tone(), *options))
    assert "张三".encode() in film
    media = worked(reporter, film)
    assert media["work"] == "failed"
    log = server.log.read_text(encoding="utf-8", errors="replace")
    (line,) = [line for line in log.splitlines() if "media.film_refused" in line and media["sha256"] in line]
    assert json.loads(line)["why"] == "breaks_off"
    assert "张三" not in log
    assert "13812345678" not in log


@pytest.mark.parametrize(
    "data",
    [files.film(files.track(b"vide")), files.webm(), files.ogg(), files.aac()],
    ids=["mp4", "webm", "ogg", "aac"],
)
def test_a_film_with_nothing_in_it_fails_with_words(server, reporter, data):
    media = worked(reporter, data)
    assert (media["work"], media["hls"], media["poster"]) == ("failed", None, None)
    assert media["problem"]
    assert rows(server, "SELECT state FROM job WHERE key = :key", key=f"media.film:{media['sha256']}") == [("done",)]


def test_a_playlist_in_disguise_makes_nobody_open_another_file(server, reporter, tmp_path):
    other = tmp_path / "other.wav"
    other.write_bytes(files.wav())
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{other}\n#EXT-X-ENDLIST\n"
    media = worked(reporter, b"ID3\x04\x00\x00" + bytes(4) + playlist.encode())
    assert (media["work"], media["hls"]) == ("failed", None)


def test_nobody_else_gets_what_is_made_of_a_private_film_and_everybody_when_an_article_shows_it(server, film):
    data = film + files.box(b"free", b"another one")
    editor, stranger = server.staff("editor"), server.anonymous()
    media = worked(editor, data)
    segment = media["hls"].replace("master.m3u8", "360p_00000.ts")
    parts = [path_of(url) for url in (media["poster"], media["hls"], segment, media["url"] + "/facts")]
    for person in (stranger, server.citizen(), server.staff("office")):
        for part in parts:
            answer = person.get(part)
            assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert editor.get(parts[0]).headers["Cache-Control"] == "private, no-store"
    story = editor.does("POST", "/editor/stories", form_of(media))
    publish(server.staff, story["id"])
    for part, mime in zip(parts, ["image/jpeg", "application/vnd.apple.mpegurl", "video/mp2t"], strict=False):
        answer = stranger.get(part)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, mime)
        assert answer.headers["Cache-Control"] == IMMUTABLE
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert stranger.get(part, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        piece = stranger.get(part, headers={"Range": "bytes=10-19"})
        assert (piece.status_code, piece.content) == (206, answer.content[10:20])


def form_of(media: dict[str, Any]) -> dict[str, Any]:
    return {
        "headline": "公园夜场开放",
        "body": [{"type": "video", "media": media["id"], "caption": "夜场"}],
        "section": "minsheng",
        "sources": SOURCES,
    }


def test_an_article_that_was_published_first_shows_the_film_when_it_is_ready(make_server, tmp_path):
    # Its own server, whose worker has no programs at first: so the work is surely not done when the article is out.
    server, bin = make_server(start=False), tmp_path / "bin"
    bin.mkdir()
    found = os.environ["PATH"]
    server.env["PATH"] = str(bin)
    server.start()
    editor, stranger = server.staff("editor"), server.anonymous()
    media = worked(editor, made(tmp_path / "first.mp4", *moving(seconds=2), *CODED))
    assert (media["work"], media["problem"]) == ("failed", "服务器没有安装 ffmpeg，未生成封面和流媒体")
    story = editor.does("POST", "/editor/stories", form_of(media))
    publish(server.staff, story["id"])
    phone = server.phone()
    phone.catch_up()
    before = stranger.does("GET", f"/articles/{story['id']}")
    assert before["body"][0]["media"]["work"] == "failed"
    for program in ("ffmpeg", "ffprobe"):
        (bin / program).symlink_to(shutil.which(program, path=found) or "")
    key = f"media.film:{media['sha256']}"
    ((job, state, error),) = rows(server, "SELECT id, state, error FROM job WHERE key = :key", key=key)
    assert (state, error) == ("dead", "ffmpeg_missing")
    server.flask("jobs", "--retry", job)
    wait_until(lambda: facts(editor, media)["work"] == "done", PATIENCE_S, 0.1)
    after = stranger.does("GET", f"/articles/{story['id']}")
    shown = after["body"][0]["media"]
    assert (shown["work"], shown["progress"], bool(shown["poster"]), bool(shown["hls"])) == ("done", 100, True, True)
    assert after["ver"] > before["ver"]
    assert after["updated_at"] == before["updated_at"]
    phone.catch_up()
    assert phone.equals_server()
    assert not server.unexpected()


def test_a_server_that_is_killed_at_work_finishes_when_it_is_back(make_server: Callable[..., Server], tmp_path):
    server = make_server()
    citizen = server.citizen()
    made(tmp_path / "short.mp4", *moving("1280x720", 10, 30), *CODED)
    again = ["-stream_loop", "5", "-i", str(tmp_path / "short.mp4"), "-c", "copy"]
    media = uploaded(citizen, made(tmp_path / "long.mp4", *again))
    wait_until(lambda: 20 <= facts(citizen, media)["progress"] < 90, PATIENCE_S, 0.05)
    server.kill()
    assert not list((server.data_dir / "media").glob("*/*/*.hls")), "half a stream is nowhere to be seen"
    # Its lease has to run out.
    server.move_clock(61)
    server.start()
    done = wait_until(lambda: settled(citizen, media), PATIENCE_S, 0.2)
    assert (done["work"], done["progress"], len(done["streams"])) == ("done", 100, 2)
    assert done["duration_s"] == pytest.approx(60, abs=0.5)
    assert not any((server.data_dir / "media" / "incoming").iterdir())
    assert rows(server, "SELECT attempts FROM job WHERE kind = 'media.film'") == [(2,)]
    assert not server.unexpected()


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../..",
        "..%2fx",
        "%2e%2e%2f%2e%2e%2fronghui.db",
        "master.m3u8%00",
        "master.m3u8%0a",
        "MASTER.m3u8",
        "poster",
        "360p_0.ts",
        "360p_99999.ts",
        "720p.m3u8",
        "٣٦٠p.m3u8",
        "360p_00000.ts.x",
        "sub/360p.m3u8",
    ],
)
def test_no_other_file_can_be_had(reporter, film, name):
    media = worked(reporter, film)
    answer = reporter.get(f"/media/{media['id']}/hls/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_document_says_what_is_sent(server):
    paths = server.anonymous().does("GET", "/openapi.json")["paths"]
    for path, types in (
        ("/api/v1/media/{media_id}/poster", {"image/jpeg"}),
        ("/api/v1/media/{media_id}/hls/{name}", {"application/vnd.apple.mpegurl", "video/mp2t"}),
    ):
        responses = paths[path]["get"]["responses"]
        assert all(set(responses[status]["content"]) == types for status in ("200", "206"))
        assert {"304", "404", "416"} <= responses.keys()
