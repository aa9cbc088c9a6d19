"""What a revert answers: the upload, and the uploads that its end leaves something to do with."""

from typing import Annotated, Self

from pydantic import Field

from meterdrop.adapters.uploads.duplicates import NOTED_AT_MOST
from meterdrop.api.upload_models import UploadId, UploadModel
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Upload

CHILDREN_AT_MOST = 100


class RevertModel(UploadModel):
    """An upload, and those that its revert leaves something to do with."""

    children: Annotated[
        list[UploadId],
        Field(
            description="The uploads whose parent it is, newest first. They keep what is counted.",
            max_length=CHILDREN_AT_MOST,
        ),
    ]
    duplicates: Annotated[
        list[UploadId],
        Field(
            description="The uploads with rows that were duplicates of its rows. Reprocess them to have those counted.",
            max_length=NOTED_AT_MOST,
        ),
    ]

    @classmethod
    def with_relatives(cls, upload: Upload, *, children: list[str], duplicates: list[str]) -> Self:
        """Show an upload with the ids of the others."""
        return cls.model_validate({**upload_object(upload), "children": children, "duplicates": duplicates})
