"""Data of patients: merge, export, demonstration."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session

from dcc_core.hooks.contracts.data import ExportPart
from dcc_core.hooks.policies import Policy, spec


class DataHooks:
    """Hooks that a plugin with a foreign key to a patient must implement, and demonstration
    data.
    """

    @spec(Policy.TX)
    def dcc_patient_merged(self, session: Session, kept_id: UUID, dropped_id: UUID) -> None:
        """React to a merge inside its transaction, after the core has moved and journalled the
        plugin's rows.

        Required when the plugin has a foreign key to ``core_patient``. The core moves every such
        column by itself; this hook settles what moving rows leaves to decide (two registrations in
        one session …). Rows it changes are journalled through the session, so that the merge can be
        undone.
        """
        raise NotImplementedError

    @spec(Policy.TX, item=ExportPart, many=True)
    def dcc_patient_export(self, session: Session, patient_id: UUID) -> Iterable[ExportPart]:
        """Return everything the plugin holds about a patient (GDPR art. 15). Same requirement as
        the merge hook.
        """
        raise NotImplementedError

    @spec(Policy.TX)
    def dcc_demo_data(self, session: Session, seed: int) -> None:
        """Write synthetic demonstration data; the same seed gives the same data."""
        raise NotImplementedError
