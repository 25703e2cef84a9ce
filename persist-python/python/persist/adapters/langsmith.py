"""The reviewed names of langsmith: what it wraps around the hooks of middleware, to trace them.

Where a trace goes is settled by the environment of the program that restores: clients have no row.
"""

from __future__ import annotations

from persist.adapters._row import Table, rows_of

__all__ = ["TABLE"]

RUN = "langsmith.run_helpers"
WRAPPERS = """
    async_generator_wrapper async_stream_wrapper async_wrapper generator_wrapper stream_wrapper
    wrapper
"""

TABLE = Table(
    rows_of(RUN, "_handle_container_end", role="function"),
    rows_of(
        RUN,
        " ".join(f"traceable.<locals>.decorator.<locals>.{name}" for name in WRAPPERS.split()),
        role="location",
        called=True,
    ),
)
