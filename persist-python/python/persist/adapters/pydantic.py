"""The classes of pydantic, and of its constraints, that are themselves values of an agent."""

from __future__ import annotations

from persist.adapters._row import rows_of, table_of

__all__ = ["TABLE"]

UNDEFINED = "pydantic_core._pydantic_core"
FIELD = "persist.adapters._field"

TABLE = table_of(
    rows_of("pydantic.types", "SecretBytes SecretStr"),
    # What annotations of types hold beside them.
    rows_of("pydantic.fields", "FieldInfo", codec=FIELD),
    rows_of("pydantic._internal._fields", "PydanticMetadata", codec=FIELD),
    rows_of("pydantic.aliases", "AliasChoices AliasPath"),
    rows_of("pydantic.types", "AllowInfNan Discriminator FailFast Strict StringConstraints Tag"),
    rows_of("annotated_types", "Ge Gt Interval Le Len Lt MaxLen MinLen MultipleOf Timezone Unit"),
    rows_of(UNDEFINED, "PydanticUndefined", role="sentinel"),
    rows_of(UNDEFINED, "PydanticUndefinedType", constant=f"{UNDEFINED}:PydanticUndefined"),
)
