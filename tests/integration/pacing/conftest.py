"""Stories of hours, on the floor of the scenarios."""

from tests.scenarios.conftest import floor, plain_log, pytest_asyncio_loop_factories

__all__ = ["floor", "plain_log", "pytest_asyncio_loop_factories"]
