"""Arrow columns as numpy arrays, by their buffers: the ordinary way imports pandas first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.types import FloatArray


def floats(column: pa.ChunkedArray) -> FloatArray:
    """The column as doubles, NaN where a cell is empty."""
    numbers = column if pa.types.is_float64(column.type) else column.cast(pa.float64(), safe=False)
    if numbers.null_count:
        numbers = pc.fill_null(numbers, np.nan)
    return _joined(numbers, np.dtype(np.float64))


def integers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A column without empty cells as 64-bit integers."""
    numbers = column if pa.types.is_int64(column.type) else column.cast(pa.int64(), safe=False)
    return _joined(numbers, np.dtype(np.int64))


def booleans(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """A column of truths, false where a cell is empty."""
    bits = pc.fill_null(column, False).cast(pa.uint8())
    return _joined(bits, np.dtype(np.uint8)).astype(np.bool_)


def _joined(column: pa.ChunkedArray | pa.Array, kind: np.dtype[Any]) -> NDArray[Any]:
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [
        np.frombuffer(one.buffers()[1], dtype=kind, count=one.offset + len(one))[one.offset :]
        for one in chunks
        if len(one)
    ]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)
