"""How the strict comparison looks into arrays, tables and their generators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas._libs.arrays import NDArrayBacked
from pandas.api.extensions import ExtensionDtype
from pandas.core.arrays import BaseMaskedArray, IntervalArray, SparseArray
from pandas.core.generic import NDFrame

from strict_parts import SINGLES, VALUES, WHOLE, Anatomy, attributes, each, entries, rule


@rule(np.ndarray)
def _array(thing: Any, anatomy: Anatomy) -> None:
    bare = np.asarray(thing) if type(thing) is np.ndarray else thing.view(np.ndarray)
    anatomy.facts.append((".shape", bare.shape))
    anatomy.parts.append((".dtype", bare.dtype))
    anatomy.facts.append((".flags.writeable", bool(bare.flags.writeable)))
    anatomy.facts.append(("order", _order(bare)))
    _elements(bare, anatomy)


def _order(bare: Any) -> str:
    """Returns the order in memory; a view with gaps may come back as an array without."""
    return "F" if bare.flags.f_contiguous and not bare.flags.c_contiguous else "C"


def _elements(bare: Any, anatomy: Anatomy) -> None:
    if bare.dtype.names:
        for name in bare.dtype.names:
            anatomy.parts.append((f"[{name!r}]", np.array(bare[name])))
    elif bare.dtype.hasobject or bare.dtype.kind == "T":
        each([bare[at] for at in np.ndindex(bare.shape)], anatomy)
    elif bare.dtype.char in "gG":
        anatomy.facts.append(("bytes", _long_doubles(bare)))
    else:
        anatomy.facts.append(("bytes", bare.tobytes()))


def _long_doubles(bare: Any) -> bytes:
    """Returns the bytes that count: the rest of each is whatever stood in memory before."""
    size = np.dtype("g").itemsize
    octets = np.frombuffer(bare.tobytes(), dtype="u1").reshape(-1, size)
    return octets[:, : 10 if size > 8 else size].tobytes()


@rule(np.ma.MaskedArray)
def _masked(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".mask", np.ma.getmask(thing)))
    attributes(
        thing,
        ("_fill_value", "_hardmask", "_sharedmask", "_isfield", "_baseclass", "_optinfo"),
        anatomy,
    )


@rule(np.generic, has_identity=False)
def _scalar(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".dtype", thing.dtype))
    _elements(np.array(thing), anatomy)


@rule(np.dtype, has_identity=False)
def _dtype(thing: Any, anatomy: Anatomy) -> None:
    sizes = (thing.str, thing.itemsize, thing.alignment, thing.isalignedstruct, thing.shape)
    anatomy.facts.append(("dtype", (repr(thing), *sizes)))
    fields = [(name, thing.fields[name]) for name in thing.names or ()]
    anatomy.facts.append(("fields", repr(fields)))
    entries(dict(thing.metadata or {}), anatomy, ".metadata")


@rule(np.random.Generator)
def _generator(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("bit_generator",), anatomy)


@rule(np.random.BitGenerator)
def _bit_generator(thing: Any, anatomy: Anatomy) -> None:
    entries(thing.state, anatomy, ".state")
    attributes(thing, ("seed_seq",), anatomy)


@rule(np.random.RandomState)
def _random_state(thing: Any, anatomy: Anatomy) -> None:
    entries(thing.get_state(legacy=False), anatomy, ".get_state()")


@rule(np.random.SeedSequence)
def _seeds(thing: Any, anatomy: Anatomy) -> None:
    names = ("entropy", "spawn_key", "pool_size", "n_children_spawned", "pool")
    attributes(thing, names, anatomy)


# Tables


@rule(NDFrame)
def _frame(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("flags", thing.flags.allows_duplicate_labels))
    entries(thing.attrs, anatomy, ".attrs")
    each(thing.axes, anatomy, ".axes")
    if isinstance(thing, pd.DataFrame):
        columns = [thing.iloc[:, at]._values.copy() for at in range(thing.shape[1])]
    else:
        columns = [thing._values.copy()]
        anatomy.parts.append((".name", thing.name))
    each(columns, anatomy, ".columns")
    names = [name for name in thing._metadata if not name.startswith("_") and name != "name"]
    attributes(thing, names, anatomy)


@rule(pd.Index, has_identity=False)
def _index(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".dtype", thing.dtype))
    each(thing.names, anatomy, ".names")
    if isinstance(thing, pd.RangeIndex):
        attributes(thing, ("start", "stop", "step"), anatomy)
    elif isinstance(thing, pd.MultiIndex):
        each(thing.levels, anatomy, ".levels")
        each([np.array(codes) for codes in thing.codes], anatomy, ".codes")
    else:
        anatomy.parts.append(("._values", thing._values.copy()))
        anatomy.parts.append((".freq", getattr(thing, "freq", None)))


@rule(NDArrayBacked)
def _backed(thing: Any, anatomy: Anatomy) -> None:
    anatomy.parts.append((".dtype", thing.dtype))
    anatomy.parts.append(("._ndarray", thing._ndarray.copy()))
    anatomy.parts.append((".freq", getattr(thing, "_freq", None)))


@rule(BaseMaskedArray)
def _masked_extension(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("_data", "_mask"), anatomy)


@rule(IntervalArray)
def _interval(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("left", "right", "closed"), anatomy)


@rule(SparseArray)
def _sparse(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("sp_values", "fill_value"), anatomy)
    anatomy.facts.append(("kind", thing.kind))
    anatomy.parts.append((".indices", thing.sp_index.indices))


@rule(ExtensionDtype, has_identity=False)
def _extension_dtype(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("repr", repr(thing)))
    if isinstance(thing, pd.CategoricalDtype):
        attributes(thing, ("categories", "ordered"), anatomy)
    if isinstance(thing, pd.StringDtype):
        attributes(thing, ("storage", "na_value"), anatomy)


@rule(pd.Timestamp, has_identity=False)
def _timestamp(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("_value", "unit", "tzinfo", "fold"), anatomy)


@rule(pd.Timedelta, has_identity=False)
def _delta(thing: Any, anatomy: Anatomy) -> None:
    attributes(thing, ("_value", "unit"), anatomy)


@rule(pd.Period, pd.offsets.BaseOffset, pd.Interval, has_identity=False)
def _spoken(thing: Any, anatomy: Anatomy) -> None:
    anatomy.facts.append(("repr", repr(thing)))
    if isinstance(thing, pd.Interval):
        attributes(thing, ("left", "right"), anatomy)
    if isinstance(thing, pd.offsets.BaseOffset):
        kwds = dict(thing.kwds)
        calendar = kwds.pop("calendar", None)
        anatomy.facts.append(("of", (thing.n, thing.normalize, repr(kwds))))
        if calendar is not None:
            anatomy.facts.append(
                ("calendar", (calendar.weekmask.tolist(), repr(calendar.holidays)))
            )


WHOLE |= {NDFrame, pd.Index, NDArrayBacked, BaseMaskedArray, IntervalArray, SparseArray}
WHOLE |= {ExtensionDtype, pd.Timestamp, pd.Timedelta, pd.Period, pd.offsets.BaseOffset, pd.Interval}
VALUES |= {pd.Index}
SINGLES |= {type(pd.NaT), type(pd.NA), np.ufunc}
