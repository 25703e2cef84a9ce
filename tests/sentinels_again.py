"""What other modules make of sentinels: they import them, and keep them in variables."""

import sentinels
from sentinels import FIRST, OTHER

current = sentinels.SECOND
mine = FIRST
theirs = OTHER
