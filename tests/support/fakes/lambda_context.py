"""What Lambda says about an invocation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FakeLambdaContext:
    """Fits Lambda's context, of which the handlers use the time and the log names the rest."""

    milliseconds: int
    function_name: str = "a-function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:a-function"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        return self.milliseconds
