"""What the tests of a region ask: does it pass every check that `dcc check --strict` makes."""

from dcc_core.checks.run import check_region
from dcc_core.config import Environment


def check_region_problems(slug: str) -> list[str]:
    """Return the problems of an installed region, as text, whatever the environment says."""
    return [str(problem) for problem in check_region(slug, strict=True, env=Environment.TEST)]
