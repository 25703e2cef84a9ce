"""What the partner packages need not find again for each client that a test makes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

AUTHORITY = Path(__file__).resolve().parents[1] / "fixtures" / "authority.pem"


@pytest.fixture(scope="module", autouse=True)
def one_authority() -> Iterator[None]:
    """Lets HTTP clients trust one certificate that nobody signs with, and no server.

    Each client reads all that it trusts when it is made, and those of a system take longer than all
    else of it. No test here speaks TLS with anyone.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(AUTHORITY))
        yield
