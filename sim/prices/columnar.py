"""Parquet and feather files, as pandas, polars, freqtrade and nautilus write them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from sim.prices.archive import Member
from sim.prices.errors import PriceFileError
from sim.prices.tables import Hints, Table

PARQUET_MAGIC, FEATHER_MAGIC, OLD_FEATHER_MAGIC = b"PAR1", b"ARROW1", b"FEA1"
BAR_TYPE, INSTRUMENT = b"bar_type", b"instrument_id"


def is_columnar(member: Member) -> bool:
    """Whether the bytes begin as parquet or feather does."""
    head = member.data.slice(0, min(6, member.data.size)).to_pybytes()
    is_known: bool = head.startswith((PARQUET_MAGIC, FEATHER_MAGIC, OLD_FEATHER_MAGIC))
    return is_known


def columnar_table(member: Member) -> Table:
    """The table in a parquet or feather file; refuses a damaged one."""
    is_parquet = member.data.slice(0, 4).to_pybytes() == PARQUET_MAGIC
    kind = "parquet" if is_parquet else "feather"
    try:
        if is_parquet:
            source = pq.ParquetFile(pa.BufferReader(member.data))
            schema = source.schema_arrow
            first = next(source.iter_batches(batch_size=1), None)
        else:
            whole = feather.read_table(pa.BufferReader(member.data))
            schema, first = whole.schema, whole.slice(0, 1)
    except (pa.ArrowException, OSError) as error:
        raise _corrupt(member, kind) from error

    def load(places: Sequence[int]) -> list[pa.ChunkedArray]:
        names = [schema.names[place] for place in places]
        try:
            table = source.read(columns=names) if is_parquet else whole
        except (pa.ArrowException, OSError) as error:
            raise _corrupt(member, kind) from error
        return [table.column(table.schema.names.index(name)) for name in names]

    return Table(
        label=member.label,
        carrier="columns",
        names=tuple(map(str, schema.names)),
        width=len(schema.names),
        first=_first(first, len(schema.names)),
        load=load,
        hints=_hints(schema.metadata or {}),
    )


def _corrupt(member: Member, kind: str) -> PriceFileError:
    return PriceFileError(
        f"{member.label}: the {kind} file is corrupt, only a readable one is allowed"
    )


def _first(batch: pa.RecordBatch | pa.Table | None, width: int) -> tuple[str, ...]:
    if batch is None or batch.num_rows == 0:
        return ("",) * width
    return tuple(str(batch.column(place)[0].as_py()) for place in range(width))


def _hints(metadata: dict[bytes, bytes]) -> Hints:
    """What nautilus writes beside its columns: `BTCUSDT.BINANCE-1-MINUTE-LAST-EXTERNAL`."""
    bar_type = metadata.get(BAR_TYPE, b"").decode("utf-8", "replace")
    instrument = metadata.get(INSTRUMENT, b"").decode("utf-8", "replace")
    parts = bar_type.rsplit("-", 4)
    if len(parts) != 5:
        return Hints(symbol=instrument or None)
    return Hints(symbol=instrument or parts[0], interval=f"{parts[1]}{parts[2].lower()}")
