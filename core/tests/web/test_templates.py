"""Templates: every word through the catalogue, no inline style or script, overrides of a region."""

import re
import sys
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from dcc_core.web.i18n import gettext, ngettext, use_locale
from dcc_core.web.overrides import lock_line, stale_overrides
from dcc_core.web.templating import template_environment

ROOT = Path(str(files("dcc_core.web") / "templates"))
TEMPLATES = sorted(ROOT.rglob("*.html"))
SPOKEN = {"alt", "title", "placeholder", "aria-label"}
KEPT_AS_THEY_ARE = {"kbd", "script", "style"}
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_ATTRIBUTE = re.compile(r"""[\w-]+="[^"]*\"""")
_MESSAGE = re.compile(r"""\b_\(\s*"((?:[^"\\]|\\.)*)\"""")
ALLOWED = {"Ko", "3C"}
SAME_IN_ENGLISH = {"RCP", "PPS", "Patients", "Administration", "Patient, INS, page…"}


class Literals(HTMLParser):
    """Collects the words that a template says by itself, and its inline styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inline: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")
            if name in SPOKEN and _WORD.search(value or ""):
                self.words.append(value)
        if tag == "script" and "src" not in dict(attrs):
            self.inline.append("script")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if not KEPT_AS_THEY_ARE & set(self._open):
            said = _ATTRIBUTE.sub("", data)  # macros write attributes outside of any tag
            self.words.extend(word for word in _WORD.findall(said) if word not in ALLOWED)


def _read(path: Path) -> Literals:
    text = _JINJA.sub(" ", _COMMENT.sub("", path.read_text("utf-8")))
    parser = Literals()
    parser.feed(text)
    return parser


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_says_nothing_by_itself(path):
    found = _read(path)
    assert found.words == []
    assert found.inline == []


def test_the_check_of_literals_can_fail(tmp_path):
    planted = tmp_path / "x.html"
    planted.write_text(
        '<p style="x" onclick="y" title="Bonjour">Bonjour {{ name }}</p><script>1</script>'
    )
    found = _read(planted)
    assert found.words == ["Bonjour", "Bonjour"]
    assert found.inline == ["p style", "p onclick", "script"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_percent_sign_in_a_sentence_is_doubled(path):
    for message in _MESSAGE.findall(path.read_text("utf-8")):
        assert not re.search(r"%(?![%(])", message.replace("%%", "")), message


@pytest.mark.parametrize(
    "name", ["sign_in/page.html", "base.html", "layout.html", "_key_list.html"]
)
def test_the_english_catalogue_covers_the_shell(name):
    with use_locale("en"):
        for message in _MESSAGE.findall((ROOT / "core" / name).read_text("utf-8")):
            assert gettext(message) != message or message in SAME_IN_ENGLISH, message


def test_plurals_follow_the_language():
    assert ngettext("%(num)d an", "%(num)d ans", 0) == "%(num)d an"
    assert ngettext("%(num)d an", "%(num)d ans", 2) == "%(num)d ans"
    with use_locale("en"):
        assert ngettext("%(num)d an", "%(num)d ans", 0) == "%(num)d years"
        assert ngettext("%(num)d an", "%(num)d ans", 1) == "%(num)d year"


def test_an_unknown_language_stays_french():
    with use_locale("xx"):
        assert gettext("Se connecter") == "Se connecter"


def test_an_english_region_speaks_english(make_client):
    from dcc_core.config import Region

    client = make_client(region=Region(slug="demo", name="Example", locale="en"))
    page = client.get("/connexion").text
    assert '<html lang="en"' in page
    assert "Sign in" in page
    assert "Se connecter" not in page


@pytest.fixture
def region_templates(tmp_path, monkeypatch):
    package = tmp_path / "dcc_region_probe"
    (package / "templates" / "core").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "dcc_region_probe", raising=False)
    return package / "templates"


def _environment(region: str | None = None):
    return template_environment({}, region_folder=region, filters={}, values={})


def test_a_region_overrides_a_template_and_still_reaches_the_original(region_templates):
    override = region_templates / "core" / "_key_list.html"
    override.write_text('avant {% include "core:_key_list.html" %} après')
    text = _environment("dcc_region_probe:templates").get_template("core/_key_list.html").render()
    assert text.startswith("avant")
    assert "<kbd>" in text
    assert text.endswith("après")


@pytest.mark.parametrize(
    "name", ["core/../../app.py", "core//x.html", "/etc/passwd", "other/x.html", "core"]
)
def test_only_templates_are_found(name):
    with pytest.raises(TemplateNotFound):
        _environment().get_template(name)


def test_a_missing_value_is_an_error_and_markup_is_escaped():
    environment = _environment()
    with pytest.raises(UndefinedError):
        environment.from_string("{{ absent }}").render()
    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_an_override_is_held_against_the_original_it_was_written_for(region_templates):
    folder = "dcc_region_probe:templates"
    (region_templates / "core" / "home.html").write_text("autre")
    (region_templates / "core" / "gone.html").write_text("autre")
    texts = {p.text.split()[1]: p.text for p in stale_overrides(folder, {})}
    assert "never compared" in texts["core/home.html"]
    assert "is gone" in texts["core/gone.html"]
    lock = region_templates / "overrides.lock"
    lock.write_text(lock_line("core/home.html", {}))
    assert [p.text.split()[1] for p in stale_overrides(folder, {})] == ["core/gone.html"]
    lock.write_text(f"core/home.html {'0' * 64}")
    found = {p.text.split()[1]: p.text for p in stale_overrides(folder, {})}
    assert "another version" in found["core/home.html"]


def test_the_check_of_a_region_names_its_overrides_to_compare(region_templates):
    from dcc_core.checks.templates import template_problems
    from dcc_core.config import Region, Settings
    from dcc_core.hooks import Dispatcher
    from dcc_core.plugins import PluginSet

    (region_templates / "core" / "home.html").write_text("autre")
    nothing = PluginSet((), Dispatcher(), ())
    region = Region(slug="probe", name="Essai", templates="dcc_region_probe:templates")
    found = list(template_problems(region, Settings(env="test"), nothing))
    assert [problem.code for problem in found] == ["DCC-P033"]
    (region_templates / "overrides.lock").write_text(lock_line("core/home.html", {}))
    assert list(template_problems(region, Settings(env="test"), nothing)) == []
    gone = region.model_copy(update={"templates": "dcc_region_probe:absent"})
    codes = [problem.code for problem in template_problems(gone, Settings(env="test"), nothing)]
    assert codes == ["WEB-001"]
