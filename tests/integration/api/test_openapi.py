"""The API does what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from campaigns.campaign import CampaignSettings
from dialer.clock import SystemClock
from dialer.config import Config
from dialer.ports import Agent
from dialer.web.app import create_app
from dialer.wiring import admission, opened_store, services
from tests.integration.api.conftest import CAMPAIGN, TOKEN
from tests.integration.api.test_nouns import NOW, attempt, lead


def no_fault(ctx: CheckContext, response: Response, case: schemathesis.Case) -> None:
    """503 is an answer here: it says that the engine is not running."""
    assert response.status_code in (503,) or response.status_code < 500, response.text


CHECKS = [no_fault, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def peopled(config: Config) -> Iterator[FastAPI]:
    """A site with one of everything, whose store lives on a loop of its own."""
    with asyncio.Runner() as runner:
        opening = opened_store(config)
        store = runner.run(opening.__aenter__())
        try:
            campaign = runner.run(store.add_campaign(CampaignSettings.model_validate(CAMPAIGN), at=NOW))
            lead_id = runner.run(lead(store, campaign.campaign_id))
            runner.run(attempt(store, campaign.campaign_id, lead_id, "0" * 31 + "1"))
            runner.run(store.save_agent(Agent(agent_id="amy", name="Amy", phone="sip:amy@127.0.0.1")))
            yield create_app(services(config, store, SystemClock()), admission(config, TOKEN))
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_no_request_breaks_it_or_gets_an_answer_it_does_not_document(peopled: FastAPI) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "host": "127.0.0.1"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", peopled, headers=headers)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25
    for operation in operations:
        _try(operation, headers)


def _try(operation: APIOperation, headers: dict[str, str]) -> None:
    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()
