"""A sweep on disk: a part for each run that is over, whole or not there, and what they come to."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from sim.experiments.sweep.one_run import IN_FLIGHT, Row
from sim.records.validation import RunFolderError

MANIFEST, PROGRESS, DATASET = "sweep.json", "progress.json", "runs.parquet"
_PARTS, _LOCK, _NEW = "parts", "lock", ".new"


@contextmanager
def opened(path: Path, manifest: Mapping[str, object], *, resume: bool) -> Iterator[Path]:
    """The folder for this sweep alone, as long as it goes on.

    Raises RunFolderError if another process works there, if an earlier sweep stands there and
    `resume` is not asked, and if what stands there is another experiment's.
    """
    is_there = (path / MANIFEST).is_file()
    if not is_there and path.is_dir() and any(one.name != _LOCK for one in path.iterdir()):
        raise RunFolderError(f"{path}: holds other files; an empty folder or a sweep is allowed")
    if is_there and not resume:
        raise RunFolderError(
            f"{path}: holds a sweep; --resume goes on with it, --out takes another folder"
        )
    if is_there and (found := _read(path / MANIFEST)["identity"]) != manifest["identity"]:
        raise RunFolderError(
            f"{path}: holds sweep {str(found)[:12]}, this one is {str(manifest['identity'])[:12]} "
            "(experiment, code, contracts or versions changed); --out takes another folder"
        )
    (path / _PARTS).mkdir(parents=True, exist_ok=True)
    with (path / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunFolderError(f"{path}: another process works on this sweep") from None
        for left in (*path.glob(f"*{_NEW}"), *(path / _PARTS).glob(f"*{_NEW}")):
            left.unlink()
        if not is_there:
            write_whole(path / MANIFEST, json.dumps(manifest, indent=1).encode())
        yield path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there with all its bytes or not at all, whatever is killed when."""
    new = path.with_name(path.name + _NEW)
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def keep(folder: Path, row: Row, seconds: float) -> None:
    """Keep what a run came to."""
    part = {"row": row, "seconds": round(seconds, 3)}
    write_whole(folder / _PARTS / f"{row['run']:07}.json", json.dumps(part).encode())


def kept(folder: Path) -> dict[int, Row]:
    """The rows of all runs that are over, by number."""
    paths = sorted((folder / _PARTS).glob("*.json"))
    return {int(path.stem): _read(path)["row"] for path in paths}  # type: ignore[misc]


def tell(folder: Path, counts: Mapping[str, object], running: Collection[Row]) -> None:
    """Say how far it is; `running` are the heads of runs in flight."""
    write_whole(
        folder / PROGRESS, json.dumps({**counts, "running": list(running)}, indent=1).encode()
    )


def close(folder: Path) -> None:
    """Make the one dataset of all parts."""
    rows = kept(folder)
    new = folder / (DATASET + _NEW)
    _frame(rows.values()).to_parquet(new, index=False)
    os.replace(new, folder / DATASET)


def read(folder: Path) -> tuple[dict[str, object], pd.DataFrame]:
    """The manifest and a row a run, also of a sweep that goes on: those in flight have no figures.

    Raises RunFolderError where there is none.
    """
    if not (folder / MANIFEST).is_file():
        raise RunFolderError(f"{folder}: found no {MANIFEST}; the folder of a sweep is allowed")
    manifest = _read(folder / MANIFEST)
    if (folder / DATASET).is_file():
        return manifest, pd.read_parquet(folder / DATASET)
    rows = kept(folder)
    if (folder / PROGRESS).is_file():
        running = _read(folder / PROGRESS)["running"]
        assert isinstance(running, list)
        found: dict[int, Row] = {int(one["run"]): {**one, "state": IN_FLIGHT} for one in running}
        rows = {**found, **rows}
    return manifest, _frame(rows[number] for number in sorted(rows))


def _frame(rows: Collection[Row] | Iterator[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    for name in frame.columns:
        kinds = {type(value) for value in frame[name].dropna()}
        if str in kinds and len(kinds) > 1:  # a column has one type
            frame[name] = frame[name].map(lambda value: value if value is None else str(value))
    return frame


def _read(path: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return read
