"""The planners' services on what the routes have at hand."""

from __future__ import annotations

from campaigns.lint import TrunkFacts
from dialer.pictures import PictureStore
from dialer.planning.campaigns import CampaignPlanning
from dialer.planning.lint import Linting
from dialer.planning.outlook import Outlook
from dialer.planning.pilots import PilotPlanning
from dialer.planning.requirements import RequirementPlanning
from dialer.planning.scripts import ScriptPlanning
from dialer.planning.staff import StaffPlanning
from dialer.planning.stages import StagePlanning
from dialer.web.services import Services


def campaign_planning(services: Services) -> CampaignPlanning:
    return CampaignPlanning(
        archive=services.store,
        clock=services.clock,
        policies=services.policies,
        engine=services.engine,
        trunks=[trunk.name for trunk in services.config.trunks],
        told=services.list_changed,
    )


def requirement_planning(services: Services) -> RequirementPlanning:
    return RequirementPlanning(
        archive=services.store,
        clock=services.clock,
        policies=services.policies,
        campaigns=campaign_planning(services),
    )


def staff_planning(services: Services) -> StaffPlanning:
    return StaffPlanning(archive=services.store, clock=services.clock, engine=services.engine)


def linting(services: Services) -> Linting:
    return Linting(
        archive=services.store,
        clock=services.clock,
        policies=services.policies,
        engine=services.engine,
        trunks={
            trunk.name: TrunkFacts(lines=trunk.lines, caller_id=trunk.caller_id) for trunk in services.config.trunks
        },
        time_zone=services.config.site.time_zone,
    )


def outlook(services: Services) -> Outlook:
    return Outlook(
        archive=services.store,
        clock=services.clock,
        policies=services.policies,
        time_zone=services.config.site.time_zone,
    )


def pilot_planning(services: Services) -> PilotPlanning:
    return PilotPlanning(
        archive=services.store,
        clock=services.clock,
        engine=services.engine,
        linting=linting(services),
        outlook=outlook(services),
    )


def stage_planning(services: Services) -> StagePlanning:
    return StagePlanning(
        archive=services.store, clock=services.clock, policies=services.policies, told=services.list_changed
    )


def script_planning(services: Services) -> ScriptPlanning:
    return ScriptPlanning(
        archive=services.store,
        clock=services.clock,
        policies=services.policies,
        pictures=PictureStore(services.config.data / "pictures"),
        engine=services.engine,
    )
