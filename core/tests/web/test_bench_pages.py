"""The benchmark of pages runs and compares like with like."""

from dcc_core.bench import pages


def test_each_page_is_held_against_as_many_plain_statements(tmp_path):
    found = pages.run(f"sqlite:///{tmp_path / 'b.sqlite3'}", tmp_path, patients=20, requests=2)
    assert set(found["pages"]) == {"search", "dossier", "sessions"}
    for figures in found["pages"].values():
        assert 1 <= figures["statements"] <= 12
        assert figures["page"]["cpu_ms"] > 0
        assert figures["bare"]["cpu_ms"] > 0
