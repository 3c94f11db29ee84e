from dcc_core.testing import check_region_problems
from {{ cookiecutter.package }}.region import region


def test_the_region_passes_every_check() -> None:
    assert check_region_problems(region.slug) == []


def test_every_plugin_loads_in_order() -> None:
    listed = [entry.name for entry in region.plugins]
    assert len(listed) == len(set(listed))
