"""The stack of Meterdrop, and the packaging of its code.

The import of `aws_cdk` starts node through jsii. This package therefore chooses the locked node before its modules
import the CDK.
"""

from infra.packaging.node import use_locked_node

use_locked_node()
