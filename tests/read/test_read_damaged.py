"""Files damaged at random are read or refused; nothing else ever comes out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from awful import BOOKS, LAYERS, TEXTS

from parkatlas.errors import InputError, LimitError
from parkatlas.read import read_table

SLOW = ("a zip bomb", "a stray cell")


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with one to five changes: a byte, a gap, something put in, the end cut off."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(out)) if out else 0
        kind = chance.randrange(8)
        if kind < 4 and out:
            out[at] = chance.randrange(256)
        elif kind < 6:
            del out[at : at + chance.randrange(1, 20)]
        elif kind < 7:
            out[at:at] = chance.randbytes(chance.randrange(1, 9))
        else:
            del out[at:]
    return bytes(out)


@pytest.mark.parametrize("kind", ["texts", "books", "layers"])
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    chance = random.Random(2024)
    zoo = [awful for awful in {"texts": TEXTS, "books": BOOKS, "layers": LAYERS}[kind] if awful.name not in SLOW]
    said = []
    for number in range(120):
        folder = tmp_path / str(number)
        folder.mkdir()
        awful = chance.choice(zoo)
        path = awful.write(folder)
        victim = chance.choice(sorted(folder.iterdir()))
        victim.write_bytes(damaged(victim.read_bytes(), chance))
        try:
            raw = read_table(path, **awful.options)
        except (InputError, LimitError) as error:
            said.append(error.findings)
            continue
        said.append(())
        assert raw.frame.index.is_unique
        assert raw.frame.columns.is_unique
        assert {finding.row for finding in raw.rejected} <= set(raw.frame.index)
    refused = [findings for findings in said if findings]
    assert 0 < len(refused) < len(said) == 120
    assert all(finding.line("zh") and finding.line("en") for findings in refused for finding in findings)
