"""Parquet, read with pyarrow."""

from io import BytesIO

from harness.core.errors import DataError
from harness.tasks.sources.table import Table, check_columns


def read_parquet(data: bytes, encoding: str, wanted: tuple[str, ...], place: str) -> Table:
    """The wanted columns. Rows count from 1; `encoding` has no meaning here."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    if not data:
        raise DataError(f"{place}: the file is empty; expected Parquet.")
    try:
        file = ParquetFile(BytesIO(data))
        check_columns(wanted, list(file.schema_arrow.names), place)
        table = file.read(columns=list(wanted))
        columns = {name: table.column(name).to_pylist() for name in wanted}
    except (ArrowException, OSError) as error:
        raise DataError(f"{place}: cannot be read as Parquet ({error}). Write it again.") from error
    if not table.num_rows:
        raise DataError(f"{place}: the file has no rows.")
    return Table(place, "row", columns, list(range(1, table.num_rows + 1)))
