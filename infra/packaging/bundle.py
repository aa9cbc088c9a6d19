"""What every function runs: one asset with all the code, one layer with all third-party packages."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


@dataclass(frozen=True, slots=True)
class BundleFolders:
    """Where the bundle lies: `code` holds the package, `layer` the `python/` folder, under a name that is its hash."""

    code: Path
    layer: Path


class Bundle(Construct):
    """`code` and `layer`, ready for a function."""

    def __init__(self, scope: Construct, construct_id: str, folders: BundleFolders) -> None:
        """Make one asset and one layer version of the folders."""
        super().__init__(scope, construct_id)
        self.code = lambda_.Code.from_asset(str(folders.code), exclude=["**/__pycache__", "**/*.pyc"])
        self.layer = lambda_.LayerVersion(
            self,
            "Layer",
            description="Third-party packages of Meterdrop, from uv.lock",
            # Not of the files: the same lock must give the same hash on every machine, and 45 MB need no reading.
            code=lambda_.Code.from_asset(
                str(folders.layer), asset_hash=folders.layer.name, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )
