"""The bundle of every function: one asset with all code, and one layer with all third-party packages."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.packaging.layer import PYTHON

RUNTIME = lambda_.Runtime(f"python{PYTHON}", lambda_.RuntimeFamily.PYTHON)
ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, slots=True)
class BundleFolders:
    """The folders of the bundle: `code` has the package, and `layer` has `python/`. The name of each is its hash."""

    code: Path
    layer: Path


class Bundle(Construct):
    """The code and the layer for a function."""

    def __init__(self, scope: Construct, construct_id: str, folders: BundleFolders) -> None:
        """Create one asset and one layer version from the folders."""
        super().__init__(scope, construct_id)
        self.code = _asset(folders.code)
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description="Third-party packages of Meterdrop, from uv.lock",
            code=_asset(folders.layer),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def _asset(folder: Path) -> lambda_.AssetCode:
    """Return an asset with the name of the folder as its hash, which is that of its sources on every machine."""
    return lambda_.Code.from_asset(str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM)
