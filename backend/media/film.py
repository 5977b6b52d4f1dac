"""Films and sound through ffmpeg: what they are, how loud, a still picture, and a stream (HLS) made of them.

Every call is one subprocess with an end in sight. It reads only the one file that is given, and only as one of the
containers that may be uploaded, so no file can make it open another one or a connection. It ends with this process.
Nothing here knows rows or jobs.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_FILM_S = 3 * 3600
POSTER_WIDTH = 1280
SEGMENT_S = 6
MASTER = "master.m3u8"
BROKEN = "文件不完整或已损坏，未能生成封面和流媒体"
TOO_LONG = f"超过 {MAX_FILM_S // 3600} 小时，未生成流媒体"
_TOO_SLOW = "处理用时太长，未能生成封面和流媒体"

# Seconds after which a call is ended, whatever it is doing. The first two give no sign of life meanwhile, so they must
# be short enough for a lease.
_PROBE_S, _POSTER_S, _LOUDNESS_S, _HLS_S = 30, 20, 1800, 3 * 3600
_CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,aac,ogg,wav"
_READ_ONLY_THIS = ["-protocol_whitelist", "file,pipe", "-format_whitelist", _CONTAINERS]
# 8K; a few bytes may claim a picture of any size.
_MAX_PIXELS = 8192 * 4320
_THREADS = 2
# The short side in pixels of each variant, with its bits a second at most.
_VARIANTS = {720: 2_800_000, 360: 800_000}
_SOUND_BITS = 128_000
_MAX_FPS = 30
_SILENCE, _RANGE_FROM_S = -70.0, 30
# A film is taken for whole if so much of it can be played.
_WHOLE = 0.9
_MAX_ANSWER = 1 << 20
_SUMMARY = re.compile(
    r"Integrated loudness:\s+I:\s+(?P<lufs>\S+) LUFS.*?"
    r"Loudness range:\s+LRA:\s+(?P<range>\S+) LU\b.*?"
    r"True peak:\s+Peak:\s+(?P<peak>\S+) dBFS",
    re.DOTALL,
)
_STREAM = re.compile(r"#EXT-X-STREAM-INF:(?P<says>.*)\n(?P<name>[0-9a-z]+)\.m3u8")

Progress = Callable[[float], None]


class FilmProblem(Exception):
    """Nothing can be made of this file, now or later.

    `words` say why, to the person who uploaded it; `why` says it to those who run the house. Not in what ffmpeg says:
    it repeats titles, names and places that stand in the file.
    """

    def __init__(self, words: str, why: str) -> None:
        super().__init__(words, why)
        self.words, self.why = words, why


class Interrupted(Exception):
    """ffmpeg was ended from outside, or the disk is full; the file is not to blame."""


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """What a file says of itself.

    `duration_s` in seconds, None where it only could be guessed. Width and height in square pixels as it is seen. A
    cover picture in a sound file is no video.
    """

    duration_s: float | None
    width: int | None
    height: int | None
    has_video: bool
    has_audio: bool
    video_codec: str | None
    audio_codec: str | None


@dataclass(frozen=True, slots=True)
class Loudness:
    """`lufs` (= LKFS) of the whole programme, −70 for silence; `peak` in dBTP, None for silence; `range` in LU.

    The range compares windows of three seconds. It is None for what is so short, or of unknown length, that there would
    be too few of them to mean anything.
    """

    lufs: float
    peak: float | None
    range: float | None


@dataclass(frozen=True, slots=True)
class Variant:
    """A stream in the master playlist; `bandwidth` in bits a second, size None for sound alone."""

    name: str
    width: int | None
    height: int | None
    bandwidth: int


def is_installed() -> bool:
    """Tell whether the programs are there."""
    return all(shutil.which(program) for program in ("ffmpeg", "ffprobe"))


def probe(path: Path) -> FilmFacts:
    """Read what a file says of itself.

    Raises:
        FilmProblem: where it cannot be read, or there is nothing in it to play.
    """
    answer = bytearray()

    def take(line: bytes) -> None:
        answer.extend(line)
        if len(answer) > _MAX_ANSWER:
            raise FilmProblem(BROKEN, "endless_facts")

    asked = ["-show_entries", "format=format_name,duration:stream:stream_disposition:stream_side_data", "-of", "json"]
    _run(["ffprobe", "-hide_banner", "-v", "error", *_READ_ONLY_THIS, *asked, _address(path)], _PROBE_S, take)
    try:
        return _facts(json.loads(answer))
    except (ValueError, LookupError, TypeError, ArithmeticError) as error:
        raise FilmProblem(BROKEN, "unreadable_facts") from error


def loudness(path: Path, facts: FilmFacts, progress: Progress = lambda _: None) -> Loudness:
    """Measure the loudness of the first sound track; `progress` is called with 0 to 100.

    Method: ITU-R BS.1770-4 with gating, and the range of EBU Tech 3342; together they are EBU R 128 (China: GY/T 282).
    Done by ffmpeg's filter `ebur128`.

    Raises:
        FilmProblem: where the sound cannot be decoded.
    """
    measure = ["-map", "0:a:0", "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    said = _ffmpeg("info", path, measure, _LOUDNESS_S, _percent_of(facts.duration_s, progress))
    # The last one: what stands in the file itself is said before.
    *_, found = (None, *_SUMMARY.finditer(said))
    if found is None:
        raise FilmProblem(BROKEN, "no_loudness")
    ranged = (facts.duration_s or 0) >= _RANGE_FROM_S
    lufs, peak, range = (_number(found[name]) for name in ("lufs", "peak", "range"))
    return Loudness(_SILENCE if lufs is None else lufs, peak, range if ranged else None)


def _number(said: str) -> float | None:
    """Read a number of the summary, where silence has `-inf` or `nan`."""
    number = float(said)
    return number if math.isfinite(number) else None


def poster(path: Path, out: Path, facts: FilmFacts) -> None:
    """Write a picture of the film as a JPEG, at most 1280 pixels wide: from a tenth of its length, or from its start.

    Raises:
        FilmProblem: where no picture can be decoded.
    """
    width, height = _fitted(facts, POSTER_WIDTH / (facts.width or 1))
    shape = ["-map", "0:V:0", "-frames:v", "1", "-vf", f"scale={width}:{height},setsar=1", "-pix_fmt", "yuvj420p"]
    make = [*shape, "-q:v", "3", "-map_metadata", "-1", "-f", "image2", "-update", "1", "-y", _address(out)]
    for at in (facts.duration_s / 10 if facts.duration_s else 1, 0):
        _ffmpeg("error", path, make, _POSTER_S, before=["-ss", f"{at:.3f}"])
        if out.exists():
            return
    raise FilmProblem(BROKEN, "no_picture")


def hls(path: Path, out_dir: Path, facts: FilmFacts, progress: Progress = lambda _: None) -> float:
    """Make a stream to play (RFC 8216) in an empty folder; return its length in seconds.

    H.264 and AAC in MPEG transport streams, which every phone plays: 720p where the film is as high, and 360p; sound
    alone is one variant. `progress` is called with 0 to 100.

    Raises:
        FilmProblem: where it cannot be decoded, breaks off early, or is too long.
    """
    if (facts.duration_s or 0) > MAX_FILM_S:
        raise FilmProblem(TOO_LONG, "too_long")
    make = [*(_video(facts) if facts.has_video else _sound()), *_packed(), "%v.m3u8"]
    _ffmpeg("error", path, make, _HLS_S, _percent_of(facts.duration_s, progress), folder=out_dir)
    length = _length(out_dir)
    if length >= MAX_FILM_S - 1:
        raise FilmProblem(TOO_LONG, "too_long")
    if not length or length < (facts.duration_s or 0) * _WHOLE - 1:
        raise FilmProblem(BROKEN, "breaks_off")
    return length


def read_variants(folder: Path) -> list[Variant]:
    """List what the master playlist of a folder offers, best first."""
    found = []
    for match in _STREAM.finditer((folder / MASTER).read_text()):
        size = re.search(r"RESOLUTION=(\d+)x(\d+)", match["says"])
        bandwidth = re.search(r"(?:^|,)BANDWIDTH=(\d+)", match["says"])
        width, height = (int(size[1]), int(size[2])) if size else (None, None)
        found.append(Variant(match["name"], width, height, int(bandwidth[1]) if bandwidth else 0))
    return found


def read_length(folder: Path) -> float:
    """Return the length in seconds of a stream that has been made."""
    return _length(folder)


def _facts(answer: dict[str, Any]) -> FilmFacts:
    streams = [stream for stream in answer["streams"] if stream.get("codec_name", "unknown") != "unknown"]
    videos = [s for s in streams if s["codec_type"] == "video" and not s.get("disposition", {}).get("attached_pic")]
    sounds = [s for s in streams if s["codec_type"] == "audio"]
    if not videos and not sounds:
        raise FilmProblem("里面没有能播放的画面或声音", "nothing_in_it")
    width, height = _size(videos[0]) if videos else (None, None)
    duration = float(answer["format"].get("duration", 0))
    if answer["format"]["format_name"] == "aac":
        # Bare frames say nothing of their number; what ffprobe tells is a guess from the first few.
        duration = 0
    return FilmFacts(
        duration_s=round(duration, 3) if duration > 0 else None,
        width=width,
        height=height,
        has_video=bool(videos),
        has_audio=bool(sounds),
        video_codec=videos[0]["codec_name"] if videos else None,
        audio_codec=sounds[0]["codec_name"] if sounds else None,
    )


def _size(stream: dict[str, Any]) -> tuple[int, int]:
    """Return width and height as it is seen: with square pixels, and the right way up."""
    width, height = int(stream["width"]), int(stream["height"])
    across, _, down = stream.get("sample_aspect_ratio", "1:1").partition(":")
    if int(across) > 0:
        width = round(width * int(across) / int(down))
    if not 0 < width * height <= _MAX_PIXELS:
        raise FilmProblem("画面尺寸读不出来，或者太大", "size")
    turned = any(abs(int(side.get("rotation", 0))) % 180 == 90 for side in stream.get("side_data_list", ()))
    return (height, width) if turned else (width, height)


def _fitted(facts: FilmFacts, scale: float) -> tuple[int, int]:
    """Return the size in even pixels, as H.264 needs it, never larger than the film is."""
    scale = min(scale, 1)
    return tuple(max(2, round((side or 2) * scale / 2) * 2) for side in (facts.width, facts.height))  # type: ignore[return-value]  # two sides, two numbers


def _heights(facts: FilmFacts) -> list[int]:
    """Return the short sides to be made; a film that is smaller than all of them keeps its own."""
    short = min(facts.width or 2, facts.height or 2)
    return [side for side in _VARIANTS if side <= short] or [max(2, short // 2 * 2)]


def _video(facts: FilmFacts) -> list[str]:
    """Say how pictures are made: one decoding, and each variant cut into independent pieces at the same moments."""
    sides = _heights(facts)
    short = min(facts.width or 2, facts.height or 2)
    graph = [f"[0:V:0]split={len(sides)}" + "".join(f"[s{number}]" for number in range(len(sides)))]
    options, names = [], []
    for number, side in enumerate(sides):
        width, height = _fitted(facts, side / short)
        graph.append(f"[s{number}]scale={width}:{height},setsar=1[v{number}]")
        bits = _VARIANTS.get(side, min(_VARIANTS.values()))
        options += ["-map", f"[v{number}]", f"-maxrate:v:{number}", str(bits), f"-bufsize:v:{number}", str(bits * 2)]
        options += ["-map", "0:a:0"] if facts.has_audio else []
        names.append(f"v:{number}," + (f"a:{number}," if facts.has_audio else "") + f"name:{side}p")
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p", "-fpsmax", str(_MAX_FPS)]
    keys = ["-force_key_frames:v", f"expr:gte(t,n_forced*{SEGMENT_S})", "-sc_threshold", "0"]
    return ["-filter_complex", ";".join(graph), *options, *encode, *keys, "-var_stream_map", " ".join(names)]


def _sound() -> list[str]:
    return ["-map", "0:a:0", "-var_stream_map", "a:0,name:audio"]


def _packed() -> list[str]:
    pieces = ["-hls_time", str(SEGMENT_S), "-hls_playlist_type", "vod", "-hls_segment_type", "mpegts"]
    files = ["-hls_segment_filename", "%v_%05d.ts", "-master_pl_name", MASTER, "-hls_flags", "independent_segments"]
    bare = ["-map_metadata", "-1", "-map_chapters", "-1"]
    sound = ["-c:a", "aac", "-b:a", str(_SOUND_BITS), "-ac", "2", "-ar", "48000"]
    return [*sound, *bare, "-threads", str(_THREADS), "-f", "hls", *pieces, *files]


def _length(folder: Path) -> float:
    """Add up the pieces of the first variant; 0 where there is none."""
    with suppress(FileNotFoundError, IndexError):
        playlist = (folder / f"{read_variants(folder)[0].name}.m3u8").read_text()
        return round(sum(float(piece) for piece in re.findall(r"#EXTINF:([0-9.]+)", playlist)), 3)
    return 0.0


def _percent_of(duration_s: float | None, progress: Progress) -> Callable[[bytes], None]:
    """Make what reads ffmpeg's progress lines. It is called even where the length is unknown, as a sign of life."""

    def take(line: bytes) -> None:
        name, _, value = line.strip().partition(b"=")
        if name == b"out_time_us" and value.lstrip(b"-").isdigit():
            done_s = max(0, int(value)) / 1_000_000
            progress(min(100.0, 100 * done_s / duration_s) if duration_s else 0.0)

    return take


def _ffmpeg(
    level: str,
    path: Path,
    make: list[str],
    limit_s: float,
    take: Callable[[bytes], None] = lambda _: None,
    *,
    before: list[str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run ffmpeg on a file, in `folder` if what it makes has relative names; return the end of what it said."""
    start = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", "-loglevel", level, "-progress", "pipe:1"]
    start += ["-filter_threads", "1", "-filter_complex_threads", "1"]
    reading = [*_READ_ONLY_THIS, "-threads", str(_THREADS), "-max_pixels", str(_MAX_PIXELS), "-t", str(MAX_FILM_S)]
    return _run([*start, *reading, *(before or []), "-i", _address(path), *make], limit_s, take, folder)


def _address(path: Path) -> str:
    """Name a file so that it can be taken for nothing else, neither an option nor another protocol."""
    return f"file:{path.resolve()}"


def _run(command: list[str], limit_s: float, take: Callable[[bytes], None], folder: Path | None = None) -> str:
    """Run a program and hand on the lines it writes; return the end of its complaints.

    Raises:
        FilmProblem: where it refuses the file or takes too long.
        Interrupted: where it was ended from outside or had no room.
    """
    late = threading.Event()
    command = [*_gently(), *command]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603  # a list of our own making, and no shell
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, cwd=folder, env=_env()
        ) as process,
    ):

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(limit_s, end)
        timer.daemon = True
        timer.start()
        try:
            for line in process.stdout or ():
                take(line)
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4096))
        said = errors.read().decode(errors="replace")
    if late.is_set():
        raise FilmProblem(_TOO_SLOW, "too_slow")
    _judge(code, said)
    return said


def _judge(code: int, said: str) -> None:
    # 255 is how ffmpeg ends when it is asked to, as by Ctrl-C in the terminal that it shares with the server.
    if code < 0 or code == 255 or "No space left on device" in said:
        raise Interrupted(f"exit {code}")
    if code:
        raise FilmProblem(BROKEN, f"exit_{code}")


def _gently() -> list[str]:
    """Return what programs are started with, so that requests come first and no program outlives this process."""
    ending = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    return [*ending, *(["nice", "-n", "10"] if shutil.which("nice") else [])]


def _env() -> dict[str, str]:
    """Return an environment without the house's secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
