"""Addresses of routes by name, filled in once the application is assembled."""

from litestar import Litestar
from litestar.exceptions import NoRouteMatchFoundException


class RouteAddresses:
    """Turn the name of a route into its path."""

    def __init__(self) -> None:
        self._app: Litestar | None = None
        self._plain: dict[str, str] = {}

    def bind(self, app: Litestar) -> None:
        """Answer for the routes of this application from now on."""
        self._app = app

    def __contains__(self, name: str) -> bool:
        """Tell whether a route has this name."""
        return self._app is not None and self._app.get_handler_index_by_name(name) is not None

    def path(self, name: str, **parameters: object) -> str:
        """Return the path of a route.

        Raises:
            KeyError: No route has this name, or a parameter is missing.
        """
        if not parameters and name in self._plain:
            return self._plain[name]
        try:
            found = self._reversed(name, parameters)
        except NoRouteMatchFoundException as error:
            raise KeyError(name) from error
        if not parameters:
            self._plain[name] = found
        return found

    def _reversed(self, name: str, parameters: dict[str, object]) -> str:
        if self._app is None:
            raise KeyError(name)
        return self._app.route_reverse(name, **parameters)
