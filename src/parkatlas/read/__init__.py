"""Any table file becomes a raw table: text cells, the file's own headers and row numbers, and what was understood.

The format is found by content, never by extension. Nothing is guessed in silence: the encoding, the sheet, the header
row and every row left out are findings; what cannot be told is refused with the candidates named.
"""

from __future__ import annotations

from parkatlas.read.door import iter_table, read_table
from parkatlas.read.facts import SheetFacts, TableFacts, inspect_table
from parkatlas.read.limits import Limits

__all__ = ["Limits", "SheetFacts", "TableFacts", "inspect_table", "iter_table", "read_table"]
