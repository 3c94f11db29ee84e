"""Static files: read once, named by their content, kept by browsers for a year.

The name of a file holds the digest of its bytes, so a new version has a new address and no browser
ever shows an old one. Everything is served from memory: a path that was not loaded does not exist.
"""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from markupsafe import Markup

from dcc_core.errors import ConfigError

PREFIX = "/static"
_DIGEST_LENGTH = 12
_CSS_URL = re.compile(r"""url\(["']?(?P<path>[\w./-]+)["']?\)""")
_COMPRESSIBLE = ("text/", "application/javascript", "text/javascript", "image/svg+xml")
_NOT_SERVED = (".txt", ".py")


@dataclass(frozen=True)
class Asset:
    """One file ready to be sent."""

    path: str
    media_type: str
    content: bytes = field(repr=False)

    @cached_property
    def compressed(self) -> bytes:
        """Return the bytes gzipped, empty when that does not help; worked out when first asked."""
        if not self.media_type.startswith(_COMPRESSIBLE):
            return b""
        packed = gzip.compress(self.content, compresslevel=9, mtime=0)
        return packed if len(packed) < len(self.content) else b""


class Assets:
    """The static files of the core, of each plugin and of the region."""

    def __init__(self) -> None:
        self._by_path: dict[str, Asset] = {}
        self._urls: dict[str, str] = {}

    def add_folder(self, namespace: str, folder: str) -> None:
        """Load a package folder (``"dcc_x:static"``); its files are named
        ``<namespace>/<path>``.
        """
        found = dict(walk_files(package_folder(folder)))
        served = {path: file for path, file in found.items() if not path.endswith(_NOT_SERVED)}
        ordered = sorted(served.items(), key=lambda item: (item[0].endswith(".css"), item[0]))
        for path, file in ordered:  # style sheets last: they refer to the others by digest
            self.add(f"{namespace}/{path}", file.read_bytes())

    def add(self, name: str, content: bytes) -> None:
        """Keep one file under its name and under its fingerprinted address."""
        if name.endswith(".css"):
            content = self._with_fingerprints(name, content)
        media_type = _media_type(name)
        stem, _, suffix = name.rpartition(".")
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]
        path = f"{stem}.{digest}.{suffix}"
        self._by_path[path] = Asset(path, media_type, content)
        self._urls[name] = f"{PREFIX}/{path}"

    def url(self, name: str) -> str:
        """Return the address of a file by its plain name.

        Raises:
            KeyError: No such file was loaded; a template names a file that does not exist.
        """
        return self._urls[name]

    def has(self, name: str) -> bool:
        """Tell whether a file of this name was loaded."""
        return name in self._urls

    @lru_cache(maxsize=512)  # noqa: B019 - one instance lives as long as the application
    def icon(self, name: str) -> Markup:
        """Return an icon of the core's sprite; it is decoration, the words beside it say it."""
        source = Markup(
            '<svg class="i" aria-hidden="true" focusable="false"><use href="{}"/></svg>'
        )
        return source.format(f"{self._urls['core/icons.svg']}#{name}")

    def get(self, path: str) -> Asset | None:
        """Return the file behind a fingerprinted path."""
        return self._by_path.get(path)

    def names(self) -> Mapping[str, str]:
        """Return the address of every file by name."""
        return dict(self._urls)

    def _with_fingerprints(self, name: str, content: bytes) -> bytes:
        folder = name.rpartition("/")[0]

        def address(match: re.Match[str]) -> str:
            target = f"{folder}/{match['path']}"
            return f'url("{self._urls[target]}")' if target in self._urls else match[0]

        return _CSS_URL.sub(address, content.decode()).encode()


def package_folder(name: str) -> Traversable:
    """Return a folder written ``"package:folder"``.

    Raises:
        ConfigError: ``WEB-001`` when it is not there.
    """
    package, _, folder = name.partition(":")
    try:
        found = files(package) / folder
    except ModuleNotFoundError as error:
        raise ConfigError("WEB-001", f"{name} names a package that is not installed.") from error
    if not found.is_dir():
        raise ConfigError("WEB-001", f"{name} is not a folder of an installed package.")
    return found


def walk_files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """Yield every file under a folder with its path, in a stable order."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from walk_files(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry


def _media_type(name: str) -> str:
    if name.endswith(".woff2"):
        return "font/woff2"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
