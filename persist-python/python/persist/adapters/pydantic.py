"""The classes of pydantic, and of its constraints, that are themselves values of an agent."""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

UNDEFINED = "pydantic_core._pydantic_core"
READY = "persist.adapters._ready"
FIELD = "persist.adapters._field"
URLS = "persist.adapters._urls"

TABLE = Table(
    rows_of("pydantic.types", "Secret SecretBytes SecretStr", value=True),
    rows_of("pydantic.types", "ByteSize", value=True),
    rows_of("pydantic.root_model", "RootModel", value=True),
    rows_of("pydantic.main", "BaseModel", value=True),
    rows_of(
        "pydantic.networks",
        "AmqpDsn AnyHttpUrl AnyUrl AnyWebsocketUrl ClickHouseDsn CockroachDsn FileUrl FtpUrl"
        " HttpUrl KafkaDsn MariaDBDsn MongoDsn MySQLDsn NatsDsn PostgresDsn RedisDsn SnowflakeDsn"
        " WebsocketUrl",
        codec=URLS,
        value=True,
    ),
    rows_of(UNDEFINED, "MultiHostUrl Url", codec=URLS, value=True),
    # Their bases, so that a program's own kinds are written in the same way.
    rows_of("pydantic.networks", "_BaseMultiHostUrl _BaseUrl", codec=URLS, role="base"),
    # Types that only say how a field is read. `ImportString` imports what it reads.
    rows_of(
        "pydantic.networks",
        "EmailStr IPvAnyAddress IPvAnyInterface IPvAnyNetwork NameEmail",
        value=True,
    ),
    rows_of(
        "pydantic.types",
        "AwareDatetime FutureDate FutureDatetime Json NaiveDatetime PastDate PastDatetime",
        value=True,
    ),
    # What annotations of types hold beside them.
    rows_of("pydantic.fields", "FieldInfo", codec=FIELD),
    rows_of("pydantic._internal._fields", "PydanticMetadata", codec=FIELD),
    rows_of("pydantic.type_adapter", "TypeAdapter", codec=READY),
    # The zone of each moment that a model reads from a text with an offset.
    rows_of(UNDEFINED, "TzInfo"),
    rows_of(UNDEFINED, "ValidationError", codec="persist.adapters._validation"),
    rows_of("pydantic.aliases", "AliasChoices AliasPath"),
    rows_of(
        "pydantic.types",
        "AllowInfNan Discriminator FailFast Strict StringConstraints Tag UuidVersion",
    ),
    rows_of("pydantic.types", "EncodedBytes EncodedStr", check="encoded"),
    rows_of(
        "pydantic.types",
        "Base64Encoder Base64UrlEncoder EncoderProtocol _OnErrorOmit",
        value=True,
    ),
    rows_of("pydantic.networks", "UrlConstraints"),
    rows_of("pydantic.functional_validators", "InstanceOf SkipValidation"),
    rows_of("pydantic.functional_serializers", "SerializeAsAny"),
    rows_of("annotated_types", "Ge Gt Interval Le Len Lt MaxLen MinLen MultipleOf Timezone Unit"),
    rows_of("pydantic.v1.config", "Extra"),
    rows_of(
        "pydantic.v1.types",
        "SecretBytes SecretStr",
        role="base",
        codec="persist.adapters._veiled",
        value=True,
    ),
    rows_of("pydantic.v1.types", "SecretField", role="base", codec="persist.adapters._veiled"),
    rows_of("pydantic.v1.fields", "FieldInfo"),
    rows_of("pydantic.v1.fields", "Undefined", role="sentinel"),
    rows_of(UNDEFINED, "PydanticUndefined", role="sentinel"),
    rows_of("pydantic.v1.fields", "UndefinedType", constant="pydantic.v1.fields:Undefined"),
    rows_of(UNDEFINED, "PydanticUndefinedType", constant=f"{UNDEFINED}:PydanticUndefined"),
)
