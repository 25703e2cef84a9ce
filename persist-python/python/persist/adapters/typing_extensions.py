"""The one name of typing_extensions that type variables hold."""

from __future__ import annotations

from persist.adapters._row import rows_of, table_of

__all__ = ["TABLE"]

TABLE = table_of(
    rows_of("typing_extensions", "NoDefault", role="sentinel"),
    rows_of("typing_extensions", "NoDefaultType", constant="typing_extensions:NoDefault"),
)
