"""Parquet, read with pyarrow."""

from io import BytesIO
from typing import Any

from harness.core.errors import DataError
from harness.tasks.sources.kinds import check_kind
from harness.tasks.sources.nested import DEPTH
from harness.tasks.sources.table import Form, Table, check_columns, source_format
from harness.tasks.task import Wanted


@source_format(".parquet")
def read_parquet(data: bytes, how: Form, wanted: Wanted, place: str) -> Table:
    """The wanted columns; fields of structs are columns by their path. Rows count from 1; an encoding has no meaning.

    DataError for what is no Parquet, or holds values that cannot be read (texts that are not UTF-8).
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile
    from pyarrow.types import is_struct

    if not data:
        raise DataError(f"{place}: the file is empty; expected Parquet.")
    if not data.startswith(b"PAR1"):
        check_kind(data, place, "Parquet")
    try:
        file = ParquetFile(BytesIO(data))
        top = list(file.schema_arrow.names)
        whole = wanted is None or not set(top).issuperset(wanted)
        table = file.read(columns=None if whole else list(dict.fromkeys(wanted or ())))
        for _ in range(DEPTH if whole else 0):
            if any(map(is_struct, table.schema.types)):
                table = table.flatten()
        names = list(table.schema.names) if whole else top
        columns = check_columns(wanted, names, place)
        values: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in columns}
    except (ArrowException, OSError, ValueError, OverflowError) as error:
        # of a text that is not UTF-8 its bytes are not told
        said = f"a text is not UTF-8: {error.reason}" if isinstance(error, UnicodeDecodeError) else error
        raise DataError(f"{place}: cannot be read as Parquet ({said}). Write it again.") from error
    if not table.num_rows:
        raise DataError(f"{place}: the file has no rows.")
    return Table(place, "row", values, list(range(1, table.num_rows + 1)))
