"""The bundle of every function: one asset with all code, and one layer with all third-party packages."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, slots=True)
class BundleFolders:
    """The folders of the bundle: `code` has the package, and `layer` has `python/`. The layer's name is its hash."""

    code: Path
    layer: Path


class Bundle(Construct):
    """The code and the layer for a function."""

    def __init__(self, scope: Construct, construct_id: str, folders: BundleFolders) -> None:
        """Create one asset and one layer version from the folders."""
        super().__init__(scope, construct_id)
        self.code = lambda_.Code.from_asset(str(folders.code), exclude=["**/__pycache__", "**/*.pyc"])
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description="Third-party packages of Meterdrop, from uv.lock",
            # The hash comes from the lock, not from the files. It is the same on every machine, and reads no 45 MB.
            code=lambda_.Code.from_asset(
                str(folders.layer), asset_hash=folders.layer.name, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
