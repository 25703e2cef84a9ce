"""The classes of pydantic that are themselves values of an agent."""

from __future__ import annotations

from persist.adapters._row import rows_of, table_of

__all__ = ["TABLE"]

UNDEFINED = "pydantic_core._pydantic_core"

TABLE = table_of(
    rows_of("pydantic.types", "SecretBytes SecretStr"),
    # What annotations of types hold beside them.
    rows_of("pydantic.fields", "FieldInfo", check="field_info"),
    rows_of("pydantic.types", "Discriminator Tag"),
    rows_of(UNDEFINED, "PydanticUndefined", role="sentinel"),
    rows_of(UNDEFINED, "PydanticUndefinedType", constant=f"{UNDEFINED}:PydanticUndefined"),
)
