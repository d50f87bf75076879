"""What tests/run.sh --nightly runs on top of what each merge does: variations of what is tested already, and faults
whose waiting takes minutes."""
import os

import pytest

NIGHTLY = os.environ.get("CITUS_INIT_NIGHTLY") == "1"
nightly = pytest.mark.skipif(not NIGHTLY, reason="takes long: CITUS_INIT_NIGHTLY=1 runs it, as tests/run.sh --nightly does")


def first_by_day(values, count=1):
    """For parametrize: the first COUNT of them at each merge, all of them by night."""
    values = list(values)
    return values[:count] + [pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=nightly)
                             for value in values[count:]]
