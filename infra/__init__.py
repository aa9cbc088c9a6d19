"""The stack of Meterdrop and how its code is packaged.

jsii starts node as soon as `aws_cdk` is imported, so the locked node is chosen here, before any module of this
package can import it.
"""

from infra.packaging.node import use_locked_node

use_locked_node()
