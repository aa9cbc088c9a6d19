"""Downloads: redirects to presigned URLs of files in the bucket."""

import time
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from meterdrop.adapters.aws.s3_presigned import LIFETIME
from meterdrop.api.http import dependencies
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.schemas.common import FileLinkModel

FILE_LINK = {200: json_response(FileLinkModel, "A URL that is valid for 15 minutes.")}
"""The response to a download if the request accepts only JSON."""


def redirect_to_file(routes: Routes, key: str, version_id: str, file_name: str) -> Response[FileLinkModel | None]:
    """Return a redirect to an object version, or its URL if the current request accepts only JSON."""
    expires_at = int(time.time()) + LIFETIME
    url = dependencies.presigned_bucket().download_url(key, version_id, file_name)
    if not routes.accepts_only_json:
        return Response(status_code=HTTPStatus.FOUND.value, headers={"Location": url})
    link = FileLinkModel(object="file_link", url=url, expires_at=expires_at)
    return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=link)
