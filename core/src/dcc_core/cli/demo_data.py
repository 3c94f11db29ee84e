"""Fill the demonstration of a runtime, as the system."""

from dcc_core.demo import fill_demonstration
from dcc_core.records.store import sync_together
from dcc_core.users.policy import build_policy
from dcc_core.web.runtime import Runtime


def fill_demo(runtime: Runtime, *, patients: int, seed: int) -> None:
    """Write the demonstration data unless an earlier start already did; all or nothing."""
    declared = [right for loaded in runtime.plugins for right in loaded.instance.permissions]
    with runtime.session() as session, sync_together(session):
        fill_demonstration(
            session,
            patients=patients,
            seed=seed,
            dispatcher=runtime.dispatcher,
            policy=build_policy(declared),
            clock=runtime.clock,
        )
