"""Addresses of routes by name, filled in once the application is assembled."""

from uuid import UUID

from litestar import Litestar
from litestar.exceptions import NoRouteMatchFoundException


class RouteAddresses:
    """Turn the name of a route into its path."""

    def __init__(self) -> None:
        self._app: Litestar | None = None
        self._patterns: dict[tuple[str, ...], str] = {}

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
        try:
            if all(isinstance(value, UUID) for value in parameters.values()):
                return self._pattern(name, *parameters).format(**parameters)
            return self._reversed(name, parameters)
        except NoRouteMatchFoundException as error:
            raise KeyError(name) from error

    def _pattern(self, name: str, *parameters: str) -> str:
        """Return the path with its parameters in braces, looked up once: a list asks per row."""
        key = (name, *parameters)
        if key not in self._patterns:
            braces: dict[str, object] = {each: f"{{{each}}}" for each in parameters}
            self._patterns[key] = self._reversed(name, braces)
        return self._patterns[key]

    def _reversed(self, name: str, parameters: dict[str, object]) -> str:
        if self._app is None:
            raise KeyError(name)
        return self._app.route_reverse(name, **parameters)
