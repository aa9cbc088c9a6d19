"""API keys: the request's own, and the list of all. No request creates, changes or deletes one."""

from meterdrop.api.http import dependencies
from meterdrop.api.http.auth import Needs
from meterdrop.api.http.pagination import PageCursor, read_sorted_page
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.schemas import query
from meterdrop.api.schemas.api_keys import ApiKeyModel, ApiKeyPage, ListedApiKeyModel

routes = Routes()


@routes.get("/v1/api_key", Needs.ANY_KEY, json_response(ApiKeyModel, "The API key."))
def get_api_key() -> ApiKeyModel:
    """Get the request's API key."""
    key = routes.caller.key
    assert key is not None, "the route needs a key"
    return ApiKeyModel.from_key(key)


@routes.get("/v1/api_keys", Needs.ADMIN_KEY, json_response(ApiKeyPage, "A page of API keys."))
def list_api_keys(
    *, limit: query.Limit = 10, starting_after: query.StartingAfter = None, ending_before: query.EndingBefore = None
) -> ApiKeyPage:
    """List API keys, newest first.

    The list includes expired keys. Revoked keys are deleted. You create and revoke keys with `make key` and
    `make revoke`.
    """
    page = read_sorted_page(
        dependencies.api_keys().list_keys(), PageCursor(starting_after, ending_before), limit, noun="API key"
    )
    uses = dependencies.key_uses().last_uses([key.id for key in page.items])
    return ApiKeyPage(
        object="list",
        data=[ListedApiKeyModel.from_use(key, uses.get(key.id)) for key in page.items],
        has_more=page.has_more,
        url="/v1/api_keys",
    )
