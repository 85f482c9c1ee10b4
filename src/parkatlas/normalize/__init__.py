"""Any list of enterprises, as text cells, to the tables of this package: columns, units, coordinates, ids, duplicates.

`normalize_table` is the room's door. Nothing is lost and nothing is guessed: every input row is used, merged with the
row that it repeats, or rejected with a reason, and every choice made on the way is a finding.
"""

from __future__ import annotations

from parkatlas.normalize.assembly import normalize_table
from parkatlas.normalize.columns import Recognised, recognise
from parkatlas.normalize.description import Description, describe, register_block, undeclared
from parkatlas.normalize.forensics import Examination, examine

__all__ = [
    "Description",
    "Examination",
    "Recognised",
    "describe",
    "examine",
    "normalize_table",
    "recognise",
    "register_block",
    "undeclared",
]
