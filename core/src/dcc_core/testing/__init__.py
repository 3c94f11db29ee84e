"""Test support for dcc distributions and third-party plugins.

Fixtures come with the pytest plugin of dcc-core: ``database`` (both engines), ``empty_database``,
``session``.
"""

from dcc_core.testing.contract import contract_tests
from dcc_core.testing.regions import check_region_problems
from dcc_core.testing.samples import sample_document, sample_traits

__all__ = ["check_region_problems", "contract_tests", "sample_document", "sample_traits"]
