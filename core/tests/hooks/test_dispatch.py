import threading
import time
from types import SimpleNamespace
from uuid import uuid4

import pytest

from dcc_core.errors import PluginError, StartRefused
from dcc_core.hooks import Dispatcher, hookimpl
from dcc_core.hooks.contracts.access import Actor, Deny, Subject
from dcc_core.hooks.contracts.forms import FormModel, Issue, IssueLevel, Stage
from dcc_core.hooks.contracts.ops import HealthCheck, HealthReport, HealthState
from dcc_core.hooks.contracts.web import MenuItem

FORM = FormModel("f", "1.0.0", "F", "0", "")
ASK_VETO = {"actor": Actor(uuid4()), "action": "core.patient.read", "subject": Subject()}


def plugin(**hooks):
    """Return an object whose hooks are the given functions."""
    return type("Plugin", (), {name: hookimpl(function) for name, function in hooks.items()})()


def dispatcher(*plugins: object, **options: float) -> Dispatcher:
    built = Dispatcher(**options)
    for index, one in enumerate(plugins):
        built.register(one, f"p{index}")
    return built


def menu(key: str, order: int = 100) -> MenuItem:
    return MenuItem(key, key, "route", "permission", order=order)


def check(key: str) -> HealthCheck:
    return HealthCheck(key, key, lambda: HealthReport(HealthState.OK))


class TestCollect:
    def test_elements_are_sorted_by_order_then_plugin(self) -> None:
        hooks = dispatcher(
            plugin(dcc_menu_items=lambda self: [menu("b", 50), menu("a")]),
            plugin(dcc_menu_items=lambda self: [menu("c", 10), menu("d")]),
        )
        assert [item.key for _, item in hooks.collect("dcc_menu_items")] == ["c", "b", "a", "d"]

    def test_plugins_are_asked_once(self) -> None:
        asked = []
        hooks = dispatcher(plugin(dcc_menu_items=lambda self: asked.append(1) or [menu("a")]))
        assert hooks.collect("dcc_menu_items") is hooks.collect("dcc_menu_items")
        assert asked == [1]

    def test_every_problem_is_reported_at_once(self) -> None:
        def broken(self):
            raise ValueError("no table of contents")

        hooks = dispatcher(
            plugin(dcc_menu_items=broken),
            plugin(dcc_menu_items=lambda self: [menu("a"), menu("a")]),
            plugin(dcc_menu_items=lambda self: ["not a menu item"]),
            plugin(dcc_menu_items=lambda self: "text"),
            plugin(dcc_menu_items=lambda self: 3),
        )
        with pytest.raises(StartRefused) as caught:
            hooks.collect("dcc_menu_items")
        assert [(p.code, p.plugin) for p in caught.value.problems] == [
            ("DCC-P103", "p2"),
            ("DCC-P103", "p3"),
            ("DCC-P103", "p4"),
            ("DCC-P104", "p1"),
            ("DCC-P105", "p0"),
        ]

    def test_endless_answers_are_cut(self) -> None:
        def endless(self):
            while True:
                yield check("x")

        with pytest.raises(StartRefused, match="more than 10000"):
            dispatcher(plugin(dcc_health_checks=endless)).collect("dcc_health_checks")

    def test_an_answer_of_none_brings_nothing(self) -> None:
        assert dispatcher(plugin(dcc_menu_items=lambda self: None)).collect("dcc_menu_items") == ()


class TestIsolated:
    def test_one_failure_harms_only_its_plugin(self) -> None:
        def broken(self):
            raise ValueError("DÉMO-MARTIN has cancer")

        rule = SimpleNamespace
        hooks = dispatcher(
            plugin(dcc_match_hints=lambda self, traits: broken(self)),
            plugin(dcc_match_hints=lambda self, traits: []),
        )
        assert hooks.isolated("dcc_match_hints", traits=rule()) == ()
        failure = hooks.failures["p0"]
        assert (failure.plugin, failure.call, failure.error) == (
            "p0",
            "dcc_match_hints",
            "ValueError",
        )
        assert "p1" not in hooks.failures

    def test_a_hanging_plugin_holds_one_thread_and_is_then_refused_at_once(self) -> None:
        release = threading.Event()
        hooks = dispatcher(
            plugin(dcc_match_hints=lambda self, traits: (release.wait(30), [])[1]), deadline_s=0.1
        )
        before = threading.active_count()
        for _ in range(5):
            assert hooks.isolated("dcc_match_hints", traits=None) == ()
        assert threading.active_count() == before + 1
        release.set()
        deadline = time.monotonic() + 5
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        hooks.failures.clear()
        hooks.isolated("dcc_match_hints", traits=None)
        assert hooks.failures == {}

    def test_recursion_in_a_plugin_is_only_its_failure(self) -> None:
        def endless(self, traits):
            return endless(self, traits)

        hooks = dispatcher(plugin(dcc_match_hints=endless))
        assert hooks.isolated("dcc_match_hints", traits=None) == ()
        assert hooks.failures["p0"].error == "RecursionError"


class TestVeto:
    def test_none_abstains_and_a_refusal_stands(self) -> None:
        refusal = Deny("vip", "Dossier protégé.")
        silent = plugin(dcc_access_veto=lambda self, actor: None)
        firm = plugin(dcc_access_veto=lambda self, action: refusal)
        assert dispatcher(silent).veto("dcc_access_veto", **ASK_VETO) is None
        assert dispatcher(silent, firm).veto("dcc_access_veto", **ASK_VETO) == refusal

    @pytest.mark.parametrize("answer", [True, "permit", object()])
    def test_nothing_a_plugin_answers_permits(self, answer: object) -> None:
        hooks = dispatcher(plugin(dcc_access_veto=lambda self: answer))
        refused = hooks.veto("dcc_access_veto", **ASK_VETO)
        assert refused is not None
        assert refused.reason == "plugin_failed"

    def test_a_plugin_that_raises_or_hangs_denies(self) -> None:
        def broken(self):
            raise RuntimeError

        assert dispatcher(plugin(dcc_access_veto=broken)).veto("dcc_access_veto", **ASK_VETO)
        hanging = plugin(dcc_access_veto=lambda self: time.sleep(1))
        assert dispatcher(hanging, deadline_s=0.05).veto("dcc_access_veto", **ASK_VETO)


class TestGate:
    def test_a_failure_blocks_a_signature_and_not_a_draft(self) -> None:
        def broken(self):
            raise RuntimeError

        hooks = dispatcher(plugin(dcc_form_issues=broken))
        assert hooks.gate("dcc_form_issues", form=FORM, answers={}, stage=Stage.DRAFT) == ()
        ((_, issue),) = hooks.gate("dcc_form_issues", form=FORM, answers={}, stage=Stage.SIGN)
        assert issue.level is IssueLevel.BLOCKING

    def test_every_plugin_is_heard(self) -> None:
        one = plugin(dcc_form_issues=lambda self: [Issue("A-1", "un")])
        two = plugin(dcc_form_issues=lambda self, stage: iter([Issue("B-1", str(stage))]))
        found = dispatcher(one, two).gate(
            "dcc_form_issues", form=FORM, answers={}, stage=Stage.SIGN
        )
        assert [(name, issue.code) for name, issue in found] == [("p0", "A-1"), ("p1", "B-1")]


class TestTransactionAndQueue:
    def test_an_exception_reaches_the_caller(self) -> None:
        def broken(self):
            raise RuntimeError("roll back")

        with pytest.raises(RuntimeError):
            dispatcher(plugin(dcc_demo_data=broken)).tx("dcc_demo_data", session=None, seed=1)

    def test_a_value_where_none_is_expected_is_refused(self) -> None:
        hooks = dispatcher(plugin(dcc_demo_data=lambda self: 3))
        with pytest.raises(PluginError, match="None is expected"):
            hooks.tx("dcc_demo_data", session=None, seed=1)

    def test_a_queued_hook_reaches_one_plugin(self) -> None:
        seen: list[str] = []
        hooks = dispatcher(
            plugin(dcc_event=lambda self, event: seen.append("p0")),
            plugin(dcc_event=lambda self, event: seen.append("p1")),
        )
        hooks.queued("dcc_event", "p1", event=None)
        assert seen == ["p1"]

    def test_a_hook_is_called_under_its_own_policy_only(self) -> None:
        with pytest.raises(PluginError, match="is a queued hook"):
            dispatcher().collect("dcc_event", event=None)
