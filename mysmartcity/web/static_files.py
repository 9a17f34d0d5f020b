"""Static files under names with a hash of their content, so that browsers may keep them for good."""

from typing import ClassVar

from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Our modules import each other by hashed names too: a new page never meets an old module.

    Ours only: files of packages name maps and modules that they do not bring along.
    """

    _of_modules = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]
    patterns: ClassVar = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("web/*.js", _of_modules),
    )
