"""A plugin with three revisions, the second of which stops when a file says so."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

REVISIONS = {
    "0001_patients.py": """
        import sqlalchemy as sa
        from alembic import op
        revision = "0001"
        down_revision = None

        def upgrade():
            op.create_table("probe_thing", sa.Column("id", sa.Integer, primary_key=True))

        def downgrade():
            op.drop_table("probe_thing")
        """,
    "0002_names.py": """
        import os, time
        from pathlib import Path
        import sqlalchemy as sa
        from alembic import op
        revision = "0002"
        down_revision = "0001"

        def upgrade():
            op.add_column("probe_thing", sa.Column("name", sa.String(20)))
            flag = os.environ.get("PROBE_HOLD")
            if flag:
                Path(flag).write_text("here")
                time.sleep(60)

        def downgrade():
            with op.batch_alter_table("probe_thing") as table:
                table.drop_column("name")
        """,
    "0003_index.py": """
        from alembic import op
        revision = "0003"
        down_revision = "0002"

        def upgrade():
            op.create_index("ix_probe_thing_name", "probe_thing", ["name"])

        def downgrade():
            op.drop_index("ix_probe_thing_name")
        """,
}
MANIFEST = """
from dcc_core.plugins import DccPlugin

class Probe(DccPlugin):
    name = "probe"
    migrations = "probe_plugin.versions"
"""


@pytest.fixture
def probe_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "site" / "probe_plugin"
    (package / "versions").mkdir(parents=True)
    (package / "__init__.py").write_text(MANIFEST)
    (package / "versions" / "__init__.py").touch()
    for name, source in REVISIONS.items():
        (package / "versions" / name).write_text(dedent(source))
    monkeypatch.syspath_prepend(str(package.parent))
    yield package
    for name in [name for name in sys.modules if name.startswith("probe_plugin")]:
        del sys.modules[name]
