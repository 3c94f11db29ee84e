"""Pydantic models in routes: as bodies, as answers, in the description of the JSON routes.

Litestar brings a plugin for them that also supports version 1 of pydantic, and one for attrs; both
are loaded with every application, whether it uses them or not, and cost a start 35 ms and 3 MB.
"""

from typing import Any

from litestar import Litestar
from litestar._openapi.schema_generation import SchemaCreator
from litestar.config.app import AppConfig
from litestar.exceptions import ValidationException
from litestar.openapi.spec import Schema
from litestar.plugins import InitPlugin, OpenAPISchemaPlugin
from litestar.plugins.base import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.typing import FieldDefinition
from pydantic import BaseModel, ValidationError


class Application(Litestar):
    """Litestar with the plugins that this product uses, and no other."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin(), PydanticModels()]


class PydanticModels(InitPlugin, OpenAPISchemaPlugin):
    """Read, write and describe the models of pydantic 2."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Teach the application to decode and encode models."""
        app_config.type_encoders = {BaseModel: _encode, **(app_config.type_encoders or {})}
        app_config.type_decoders = [(_is_model, _decode), *(app_config.type_decoders or ())]
        return app_config

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        """Tell whether a type is a model."""
        return _is_model(value)

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: SchemaCreator
    ) -> Schema:
        """Return the component that describes a model."""
        fields = field_definition.annotation.model_fields
        return schema_creator.create_component_schema(
            field_definition,
            required=sorted(name for name, field in fields.items() if field.is_required()),
            property_fields={
                name: FieldDefinition.from_kwarg(field.rebuild_annotation(), name)
                for name, field in fields.items()
            },
        )


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _encode(model: BaseModel) -> Any:
    return model.model_dump(mode="json")


def _decode(model: type[BaseModel], value: Any) -> BaseModel:
    """Return the model of a body; what was typed is not repeated in the refusal."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        extra = [{"message": one["msg"], "key": _key(one["loc"])} for one in found]
        raise ValidationException("the body does not fit", extra=extra) from None


def _key(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place)
