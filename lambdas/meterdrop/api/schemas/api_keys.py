"""API keys as responses."""

from typing import Annotated, Literal

from pydantic import Field

from meterdrop.api.schemas.common import ApiModel, HasMore, Timestamp
from meterdrop.domain.access.api_key import ApiKey
from meterdrop.domain.access.permissions import Level, Resource


class ApiKeyModel(ApiModel):
    """An API key without its secret."""

    id: str
    object: Literal["api_key"]
    type: Annotated[
        Literal["secret", "restricted"],
        Field(description="A `secret` key allows all requests. A `restricted` key has permissions."),
    ]
    name: str
    permissions: Annotated[dict[Resource, Level], Field(description="The level by resource. `write` includes `read`.")]
    prefix: Annotated[
        str | None,
        Field(description="The folder of object keys that limits the key, with the same folder under `validate/`."),
    ]
    created: Timestamp
    expires_at: Annotated[int | None, Field(description="Epoch seconds; null if the key does not expire.")]

    @classmethod
    def from_key(cls, key: ApiKey) -> "ApiKeyModel":
        """Return the model of a key."""
        return cls.model_validate(_fields(key))


class ListedApiKeyModel(ApiKeyModel):
    """An API key in a list."""

    last_used_at: Annotated[
        int | None, Field(description="The hour of the last request with the key; null if it is unknown.")
    ]

    @classmethod
    def from_use(cls, key: ApiKey, last_used_at: int | None) -> "ListedApiKeyModel":
        """Return the model of a key that was last used in an hour (epoch seconds)."""
        return cls.model_validate({**_fields(key), "last_used_at": last_used_at})


class ApiKeyPage(ApiModel):
    """One page of API keys, newest first."""

    object: Literal["list"]
    data: list[ListedApiKeyModel]
    has_more: HasMore
    url: Literal["/v1/api_keys"]


def _fields(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "object": "api_key",
        "type": "secret" if key.is_admin else "restricted",
        "name": key.name,
        "permissions": dict(key.permissions),
        "prefix": key.prefix,
        "created": key.created,
        "expires_at": key.expires,
    }
