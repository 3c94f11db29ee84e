"""The README is the contract with whoever writes forms: it names every slot and every section."""

from pathlib import Path

from dcc_cda.frcp.slots import SLOTS
from dcc_cda.standards import frcp

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_slot_with_its_section():
    for slot in SLOTS.values():
        if slot.takes:
            many = " ×n" if slot.many else ""
            assert f"| `{slot.name}`{many} | `{slot.section}` |" in README


def test_readme_lists_every_section():
    for spec in frcp.SECTIONS:
        assert f"| `{spec.key}` | {spec.code.code} " in README
