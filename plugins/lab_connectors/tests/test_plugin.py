from dcc_core.testing import contract_tests
from dcc_lab_connectors.plugin import LabConnectorsPlugin

test_contract = contract_tests(LabConnectorsPlugin)
