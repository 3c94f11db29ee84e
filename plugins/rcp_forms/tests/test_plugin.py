"""The plugin keeps the contract of its hooks, and its migrations make its tables."""

from dcc_core.testing import contract_tests
from dcc_rcp_forms.plugin import RcpFormsPlugin
from dcc_rcp_forms.published import national_models

test_contract = contract_tests(RcpFormsPlugin)


def test_the_pack_is_brought_frozen() -> None:
    models = {model.code: model for model in national_models()}
    assert len(models) == 19
    breast = models["sein"]
    assert (breast.version, breast.extends) == ("2.1.0", "socle-frcp@1.0.0")
    assert "\nétend:" not in breast.source
    assert len(breast.digest) == 64
