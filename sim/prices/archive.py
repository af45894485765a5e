"""The files in a file: plain, compressed, or several in a zip, each as its bytes."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from sim.prices.errors import PriceFileError

ZIP_MAGIC, GZIP_MAGIC = b"PK\x03\x04", b"\x1f\x8b"
PACKED = {b"\x28\xb5\x2f\xfd": "zstd", b"\x04\x22\x4d\x18": "lz4", b"BZh": "bz2"}
ENDINGS = (".gz", ".zst", ".zstd", ".lz4", ".bz2", ".zip")
EMPTY_ZIP = b"PK\x05\x06"
MOST_FILES = 10_000  # in a zip: years of days, and no bomb
MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One table's bytes, and the names by which it is known."""

    path: Path  # of the file that was asked for
    name: str  # its own: the path's, or inside a zip
    data: pa.Buffer
    is_only: bool = True  # in its file
    is_plain: bool = False  # the file's own bytes, mapped

    @property
    def label(self) -> str:
        """How errors name it."""
        return self.path.name if self.is_only else f"{self.path.name}: {self.name}"

    @property
    def stem(self) -> str:
        """Its own name without what says how it is packed and written."""
        return stem_of(self.name)


def stem_of(name: str) -> str:
    """A file's name without its endings: `btcusd` of `btcusd.csv.gz`."""
    while Path(name).suffix.lower() in ENDINGS:
        name = Path(name).stem
    return Path(name).stem


def members(path: Path) -> list[Member]:
    """The tables in a file, in order of their names; refuses what is not there or damaged."""
    data = _mapped(path)
    found = _opened(path, path.name, data, is_plain=True)
    if len(found) > 1:
        found = [replace(one, is_only=False) for one in found]
    for one in found:
        if (
            one.data.size == 0
            or not one.data.slice(0, min(one.data.size, 4_096)).to_pybytes().strip()
        ):
            raise PriceFileError(
                f"{one.label}: the file is empty, at least 2 price rows are needed"
            )
    return found


def _mapped(path: Path) -> pa.Buffer:
    if not path.exists():
        raise PriceFileError(f"{path}: no such file, an existing file is needed")
    if path.is_dir():
        raise PriceFileError(f"{path.name}: not readable (Is a directory), a file is needed")
    try:
        if path.stat().st_size == 0:
            return pa.py_buffer(b"")
        with pa.memory_map(str(path)) as source:
            return source.read_buffer()
    except OSError as error:
        why = error.strerror or str(error)
        raise PriceFileError(
            f"{path.name}: not readable ({why}), a readable file is needed"
        ) from error


def _opened(path: Path, name: str, data: pa.Buffer, *, is_plain: bool = False) -> list[Member]:
    head = data.slice(0, min(data.size, 4)).to_pybytes()
    if head.startswith(ZIP_MAGIC) or head == EMPTY_ZIP:
        return _unzipped(path, data)
    if head.startswith(GZIP_MAGIC):
        try:
            plain = pa.py_buffer(gzip.decompress(data))
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(path, "gzip", error) from error
        return _opened(path, _inner(name), plain)
    for magic, codec in PACKED.items():
        if head.startswith(magic):
            return _opened(path, _inner(name), _unpacked(path, codec, data))
    return [Member(path=path, name=name, data=data, is_plain=is_plain)]


def _inner(name: str) -> str:
    """The name of what was packed; the file's own where its name does not say."""
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in ENDINGS else name


def _unpacked(path: Path, codec: str, data: pa.Buffer) -> pa.Buffer:
    try:
        with pa.CompressedInputStream(pa.BufferReader(data), codec) as source:
            return source.read_buffer()
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, codec, error) from error


def _damaged(path: Path, codec: str, error: Exception) -> PriceFileError:
    why = " ".join(str(error).split())
    return PriceFileError(
        f"{path.name}: the {codec} file cannot be unpacked ({why}), only an intact one is allowed"
    )


def _unzipped(path: Path, data: pa.Buffer) -> list[Member]:
    try:
        with zipfile.ZipFile(pa.BufferReader(data)) as archive:
            names = sorted(name for name in archive.namelist() if _is_table(name))
            if not 1 <= len(names) <= MOST_FILES:
                raise PriceFileError(
                    f"{path.name}: the zip holds {len(names)} files, 1 to {MOST_FILES} are allowed"
                )
            packed = [(name, pa.py_buffer(archive.read(name))) for name in names]
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise PriceFileError(
            f"{path.name}: the zip cannot be unpacked ({error}), only an intact zip "
            "without password is allowed"
        ) from error
    return [one for name, plain in packed for one in _opened(path, name, plain)]


def _is_table(name: str) -> bool:
    """Whether a name in a zip is a table's, and not what was laid or left beside tables."""
    beside = Path(name).name.lower()
    return not (
        name.endswith("/")
        or beside.startswith(("readme", "license"))
        or beside.endswith((".md", ".pdf", ".html", ".checksum", ".sha256"))
        or any(part.startswith(("__MACOSX", ".")) for part in Path(name).parts)
    )
