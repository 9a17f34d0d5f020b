"""Cuts a form's files off while they arrive, so that a flood never lies on our disk.

Named in `FILE_UPLOAD_HANDLERS`. It keeps one byte more than a photo may have and drops the rest, so
that `ingest` still sees a file that is too large and says so, and the report itself goes through.
"""

from django.core.files.uploadhandler import TemporaryFileUploadHandler

from mysmartcity.lib.photos.limits import MAX_BYTES


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Django's temporary file, at most MAX_BYTES + 1 long."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep what still fits of a chunk that begins at byte `start` of the file."""
        kept = raw_data[: max(0, MAX_BYTES + 1 - start)]
        return super().receive_data_chunk(kept, start) if kept else None
