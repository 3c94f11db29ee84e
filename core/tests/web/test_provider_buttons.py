import re

import pytest

from dcc_core.api import DccPlugin, hookimpl
from dcc_core.config import Branding, Region
from dcc_core.errors import ConfigError
from dcc_core.web.assets import Assets
from dcc_core.web.branding import add_branding, provider_buttons

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><style>.a{fill:#16348c}</style></svg>'


class Gate:
    key, label, order, help_path, development = "gate.test", "Portail", 1, "/aide", False

    def start(self, *, redirect_uri):
        raise NotImplementedError

    def complete(self, *, query, kept, redirect_uri):
        raise NotImplementedError

    def logout_url(self, *, logout_hint, return_to):
        return None


class GatePlugin(DccPlugin):
    name = "gate"

    @hookimpl
    def dcc_identity_providers(self, settings):
        return [Gate()]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a function that writes a file into a package of images."""
    folder = tmp_path / "images_of_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, content: bytes) -> str:
        (folder / name).write_bytes(content)
        return f"images_of_test:{name}"

    return write


def test_official_images_are_shown_unaltered_with_the_name_of_the_button(make_client, package):
    buttons = {
        "gate.test": package("a.png", PNG),
        "gate.test.hover": package("b.svg", SVG),
    }
    region = Region(slug="demo", name="Exemple", branding=Branding(provider_buttons=buttons))
    client = make_client(GatePlugin, region=region)
    text = client.get("/connexion").text
    button = re.search(r'<button class="official" aria-label="([^"]+)">(.*?)</button>', text)
    assert button is not None
    assert button[1] == "S’identifier avec Portail"
    sources = re.findall(r'src="([^"]+)"', button[2])
    assert [client.get(source).content for source in sources] == [PNG, SVG]
    assert '<a href="/aide">En savoir plus sur Portail</a>' in text


def test_without_image_the_button_is_neutral(make_client):
    text = make_client(GatePlugin).get("/connexion").text
    assert "official" not in text
    assert re.search(r'<button class="psc">.*S’identifier avec<b>Portail</b>', text)


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"<svg><script>1</script></svg>",
        b'<svg onload="x"/>',
        b'<svg><a href="https://elsewhere.invalid"/></svg>',
        PNG + b"\0" * 30_000,
    ],
)
def test_what_is_not_a_plain_image_is_refused(package, content):
    with pytest.raises(ConfigError, match="WEB-002"):
        add_branding(Assets(), Branding(provider_buttons={"p": package("x.svg", content)}))


def test_a_missing_image_is_named(package):
    with pytest.raises(ConfigError, match="cannot be read"):
        add_branding(Assets(), Branding(provider_buttons={"p": "images_of_test:none.png"}))
    assert provider_buttons(Assets(), "p") is None
