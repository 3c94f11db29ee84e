"""Serve the static files from memory: an address is a digest, so the answer never changes."""

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from dcc_core.errors import NotFound
from dcc_core.web.assets import PREFIX
from dcc_core.web.authentication import NO_SESSION
from dcc_core.web.envelope import AnyRequest
from dcc_core.web.guards import PUBLIC
from dcc_core.web.headers import IMMUTABLE
from dcc_core.web.site import Site


def static_routes(site: Site) -> list[ControllerRouterHandler]:
    """Return the route of the static files."""

    @get(
        f"{PREFIX}/{{path:path}}",
        name="core.static",
        opt={PUBLIC: True, NO_SESSION: True, "no_compression": True},
        sync_to_thread=False,
        include_in_schema=False,
    )
    def static_file(path: FromPath[str], request: AnyRequest) -> Response[bytes]:
        asset = site.assets.get(path.lstrip("/"))
        if asset is None:
            raise NotFound("WEB-404", "")
        headers = {"cache-control": IMMUTABLE, "vary": "Accept-Encoding"}
        content = asset.content
        if asset.compressed and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            content = asset.compressed
        return Response(content, media_type=asset.media_type, headers=headers)

    return [static_file]
