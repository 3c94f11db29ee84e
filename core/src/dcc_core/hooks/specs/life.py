"""Life of the process, and events of the record."""

from dcc_core.hooks.contracts.life import Core, Event
from dcc_core.hooks.policies import Policy, spec


class LifeHooks:
    """Start, stop and events."""

    @spec(Policy.TX)
    def dcc_startup(self, core: Core) -> None:
        """Open what the plugin needs while the process lives. An exception refuses the start."""
        raise NotImplementedError

    @spec(Policy.ISOLATED)
    def dcc_shutdown(self, core: Core) -> None:
        """Close what ``dcc_startup`` opened."""
        raise NotImplementedError

    @spec(Policy.QUEUED)
    def dcc_event(self, event: Event) -> None:
        """React to a committed event. Called at least once per event: use ``event_id`` to act only
        once.
        """
        raise NotImplementedError
