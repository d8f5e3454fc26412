"""Sound and video files, opened so that nothing but their own bytes is read, however hostile these are.

The kind is read from the content and the demuxer named outright: playlists and scripts, which name other files and addresses, are no
kind that is known here. What a file says of its streams is checked before anything is decoded. It runs in a process of its own
(see ``isolated.py``).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aisle.errors import InvalidMedia

if TYPE_CHECKING:
    from av.container import InputContainer

ACCEPTED: Mapping[str, str] = MappingProxyType(
    {
        "sound": "Send a WAV, MP3, M4A, OGG, FLAC or WebM recording.",
        "video": "Send an MP4, MOV, WebM, MKV or AVI clip.",
    }
)

CODECS = (
    "h264,hevc,mpeg4,mpeg1video,mpeg2video,h263,mjpeg,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,"
    "opus,libopus,vorbis,aac,mp3,mp3float,flac,alac,amrnb,amr_nb,amrwb,amr_wb,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s32le,pcm_u8,"
    "pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav"
)
"""What cameras, telephones and browsers record. A library of video knows hundreds more, and few people look at those."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (0, b"ID3", "mp3"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"#!AMR", "amr"),
    (4, b"ftyp", "mov"),
    (4, b"moov", "mov"),
    (4, b"mdat", "mov"),
    (4, b"wide", "mov"),
)
"""(offset, bytes, demuxer)."""

_PICTURES = (b"heic", b"heix", b"mif1", b"avif")


def kind_of(data: bytes, what: str) -> str:
    """The demuxer of a file's bytes. ``what``, "sound" or "video", names it in errors. Raises InvalidMedia."""
    if not data:
        raise refused(what, f"The {what} is empty.")
    if data[4:8] == b"ftyp" and data[8:12] in _PICTURES:
        raise refused(what, f"This is a picture, not a {what}.")
    for offset, signature, kind in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return kind
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:  # a frame's sync bits; layer 0 is ADTS
        return "aac" if data[1] & 0x06 == 0 else "mp3"
    raise refused(what, f"This is no kind of {what} that is known here.")


@contextmanager
def opened(data: bytes, what: str) -> Iterator[InputContainer]:
    """The container of a file's bytes, within a ``with``. Whatever decoders raise in there becomes InvalidMedia."""
    import av  # tens of MB that a picture doesn't need
    from av.error import FFmpegError

    kind = kind_of(data, what)
    try:
        with av.open(
            io.BytesIO(data), format=kind, container_options={"codec_whitelist": CODECS}, io_open=_closed
        ) as container:
            assert isinstance(container, av.container.InputContainer)
            yield container
    except InvalidMedia:
        raise
    except (FFmpegError, ValueError, OverflowError, EOFError, IndexError) as error:
        raise refused(what, f"The {what} is broken or cut off.", "Record or save it again.") from error


def seconds_of(container: InputContainer) -> float | None:
    """How long a container says that it is; None where it doesn't (a recording that was streamed)."""
    return None if container.duration is None or container.duration <= 0 else container.duration / 1e6


def check_seconds(seconds: float | None, most: float, what: str) -> None:
    """Raises InvalidMedia for more than ``most``."""
    if seconds is not None and seconds > most + 0.5:
        raise refused(what, f"The {what} is longer than {most:g} s.", f"Send at most {most:g} s of it.")


def refused(what: str, message: str, hint: str | None = None) -> InvalidMedia:
    return InvalidMedia(message, field=what, hint=hint or ACCEPTED[what])


def _closed(*_: Any) -> Any:
    raise ValueError("a file may not name another")
