"""The web application: routes by noun under /api/v1, behind one gate."""

from __future__ import annotations

from fastapi import FastAPI, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from dialer import __version__
from dialer.web.auth import Admission, Gate
from dialer.web.errors import RESPONSES, add_error_handlers
from dialer.web.routes import (
    agents,
    appointments,
    attempts,
    callbacks,
    calls,
    campaigns,
    explanations,
    floor,
    groups,
    health,
    imports,
    inbound_calls,
    leads,
    mappings,
    messages,
    metrics,
    pacing,
    pilots,
    policies,
    qualifications,
    recordings,
    requirements,
    screening,
    scripts,
    simulations,
    stages,
    statistics,
    suppressions,
    trunks,
)
from dialer.web.services import Services

PREFIX = "/api/v1"
NOUNS = (
    policies, health, campaigns, explanations, leads, imports, mappings, statistics, agents, attempts, calls, callbacks,
    appointments,
    recordings, suppressions, trunks, floor, metrics, requirements, inbound_calls, groups, qualifications, stages,
    scripts, screening, simulations,
    pilots,
    messages,
    pacing,
)  # fmt: skip


def create_app(services: Services, admission: Admission) -> FastAPI:
    app = FastAPI(
        title="Goldenhour",
        version=__version__,
        description="The local API of a Goldenhour site. Every request carries the token of the data directory.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # their scripts come from other machines
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.services = services
    documented = [Security(HTTPBearer(auto_error=False))]  # the gate does the checking
    for noun in NOUNS:
        app.include_router(noun.router, prefix=PREFIX, responses=RESPONSES, dependencies=documented)
    add_error_handlers(app)
    app.add_middleware(Gate, admission=admission)
    return app


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}.{route.name}".replace(" ", "_") if route.tags else route.name
