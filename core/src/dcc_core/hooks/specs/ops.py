"""Operation: commands, jobs, health, indicators and copies of the audit."""

from collections.abc import Iterable

import click

from dcc_core.config import Settings
from dcc_core.hooks.contracts.ops import AuditSink, HealthCheck, Indicator, Job
from dcc_core.hooks.policies import Policy, spec


class OpsHooks:
    """What plugins add to the operation of a region."""

    @spec(Policy.ISOLATED)
    def dcc_cli(self, group: click.Group) -> None:
        """Add one command or group to the ``dcc`` command line, named as the plugin or as DESIGN
        fixes it.
        """
        raise NotImplementedError

    @spec(Policy.COLLECT, item=Job, many=True, unique=("key",))
    def dcc_jobs(self) -> Iterable[Job]:
        """Return scheduled work; a run may happen twice, so it must be idempotent."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=HealthCheck, many=True, unique=("key",))
    def dcc_health_checks(self) -> Iterable[HealthCheck]:
        """Return questions about dependencies, answered in time and without patient data."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=Indicator, many=True, unique=("key",))
    def dcc_indicators(self) -> Iterable[Indicator]:
        """Return statistics of the region, aggregated only."""
        raise NotImplementedError

    @spec(Policy.COLLECT, item=AuditSink, many=True, unique=("key",))
    def dcc_audit_sinks(self, settings: Settings) -> Iterable[AuditSink]:
        """Return places that receive copies of the audit; the primary log stays the core's."""
        raise NotImplementedError
