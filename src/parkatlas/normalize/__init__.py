"""Any list of enterprises, as text cells, to the tables of this package: columns, units, coordinates, ids, duplicates.

`normalize` is the room's door. Nothing is lost and nothing is guessed: every input row is used, merged with the row
that it repeats, or rejected with a reason, and every choice made on the way is a finding.
"""

from __future__ import annotations

from parkatlas.normalize.assembly import normalize
from parkatlas.normalize.columns import Recognised, recognise

normalize_table = normalize  # the same door under a name that is not its room's

__all__ = ["Recognised", "normalize", "normalize_table", "recognise"]
