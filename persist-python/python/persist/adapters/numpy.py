"""The reviewed names of numpy: what holds numbers, and what draws them."""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

_ARRAYS = "persist.adapters._arrays"
_DRAWS = "persist.adapters._draws"

# What extends one of them is described by the same module, and admitted by its own name.
TABLE = Table(
    rows_of("numpy", "ndarray", codec=_ARRAYS, value=True),
    rows_of("numpy", "matrix", codec=_ARRAYS),
    rows_of("numpy.rec", "recarray", codec=_ARRAYS, value=True),
    rows_of("numpy.ma", "MaskedArray", codec=_ARRAYS, value=True),
    rows_of("numpy", "poly1d", codec="persist.adapters._polynomial"),
    rows_of("numpy.ma.core", "mvoid", codec=_ARRAYS),
    rows_of("numpy.ma.core", "MaskedConstant", codec="persist.adapters._scalars"),
    rows_of("numpy", "generic ufunc", codec="persist.adapters._scalars"),
    rows_of(
        "numpy",
        "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 longlong ulonglong float16 float32"
        " float64 longdouble complex64 complex128 clongdouble bytes_ str_ datetime64 timedelta64",
        codec="persist.adapters._scalars",
        value=True,
    ),
    rows_of("numpy", "dtype", codec="persist.adapters._dtypes"),
    rows_of("numpy.random._generator", "Generator", codec=_DRAWS),
    rows_of("numpy.random.mtrand", "RandomState", codec=_DRAWS),
    rows_of("numpy.random.bit_generator", "SeedSequence", codec=_DRAWS),
    rows_of("numpy.random._mt19937", "MT19937", codec=_DRAWS),
    rows_of("numpy.random._pcg64", "PCG64 PCG64DXSM", codec=_DRAWS),
    rows_of("numpy.random._philox", "Philox", codec=_DRAWS),
    rows_of("numpy.random._sfc64", "SFC64", codec=_DRAWS),
)
