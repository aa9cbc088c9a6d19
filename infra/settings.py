"""What an owner may change about a stack: the `context` of `cdk.json`, or `--context name=value` on the command line.

The defaults stand in `cdk.json` alone. Values from the command line arrive as text, so `"512"` is as good as `512`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

# What CloudWatch Logs takes as a retention, in days; any other number would be refused minutes later, by the deploy.
LOG_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
NAMES = frozenset(
    {
        *("stage", "local", "removalPolicy", "maxEventAgeDays", "ingestMemoryMb", "ingestMaxConcurrency"),
        *("apiMemoryMb", "logRetentionDays", "publicS3Endpoint", "notifyEmail", "sweep", "alarmEmail", "tracing"),
        "partners",
    }
)
# What the CDK itself keeps in the context: feature flags and lookups (`@aws-cdk/…`, `aws:…`), and this one.
_CDK_NAME = re.compile(r".*[:/].*|cli-telemetry|tree")


class SettingError(ValueError):
    """A setting that cannot be used. The message says which, where it stands and what to write instead."""

    def __init__(self, name: str, value: object, want: str) -> None:
        """Make the message; `want` ends the sentence "… must be"."""
        super().__init__(
            f"Setting {name!r} is {value!r} but must be {want}. "
            f"Change it under 'context' in cdk.json, or pass --context {name}=<value>."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one stack, checked.

    `max_event_age_days` None means no limit. `public_s3_endpoint` "" means that of AWS; otherwise the address, without
    a path, under which clients reach S3. `notify_email` "" means that nobody gets e-mail about uploads. `local` is a
    stack for the emulator on this machine. `alarm_email` "" means that alarms notify nobody. `partners` are the folders
    below `uploads/` for which there is a policy to hand out.
    """

    stage: str
    local: bool
    retain: bool
    max_event_age_days: int | None
    ingest_memory_mb: int
    ingest_max_concurrency: int
    api_memory_mb: int
    log_retention_days: int
    public_s3_endpoint: str
    notify_email: str
    sweep: bool
    alarm_email: str
    tracing: bool
    partners: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the stack is called, and with it its dashboard, metrics and policies."""
        return f"meterdrop-{self.stage}"

    @property
    def tls_only(self) -> bool:
        """Whether bucket and queues refuse plain HTTP: always, but for the emulator, which speaks nothing else."""
        return not self.local

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Self:
        """Read the settings out of the whole CDK context; `SettingError` for a bad, absent or misspelt one."""
        _refuse_misspelt(context)
        retention = _number(context, "logRetentionDays", 1, max(LOG_RETENTIONS))
        if retention not in LOG_RETENTIONS:
            raise SettingError("logRetentionDays", retention, f"one of {', '.join(map(str, LOG_RETENTIONS))}")
        age = context.get("maxEventAgeDays")
        return cls(
            stage=_text(context, "stage", r"[a-z][a-z0-9-]{0,15}", "1 to 16 of a-z, 0-9 and '-', a letter first"),
            local=_choice(context, "local", ("true", "false")) == "true",
            retain=_choice(context, "removalPolicy", ("retain", "destroy")) == "retain",
            max_event_age_days=None if age in (None, "") else _number(context, "maxEventAgeDays", 1, 36_500),
            ingest_memory_mb=_number(context, "ingestMemoryMb", 256, 10_240),
            ingest_max_concurrency=_number(context, "ingestMaxConcurrency", 2, 1_000),
            api_memory_mb=_number(context, "apiMemoryMb", 128, 10_240),
            log_retention_days=retention,
            public_s3_endpoint=_text(
                context,
                "publicS3Endpoint",
                r"(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)?",
                "'' (that of AWS) or an address without a path, such as http://localhost:4566",
            ),
            notify_email=_text(
                context, "notifyEmail", r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "'' (no e-mail) or one e-mail address"
            ),
            sweep=_choice(context, "sweep", ("on", "off")) == "on",
            alarm_email=_text(
                context,
                "alarmEmail",
                r"([^@\s,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)?",
                "'' (nobody) or one e-mail address",
            ),
            tracing=_choice(context, "tracing", ("true", "false")) == "true",
            partners=_names(context, "partners"),
        )


def _refuse_misspelt(context: Mapping[str, object]) -> None:
    """Refuse a name that is none: it would leave the default in force without a word."""
    for name in context:
        if name not in NAMES and not _CDK_NAME.fullmatch(name):
            near = get_close_matches(name, sorted(NAMES), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(NAMES))}."
            raise SettingError(name, context[name], f"left out, for there is no setting of this name. {hint}")


def _text(context: Mapping[str, object], name: str, pattern: str, want: str) -> str:
    value = context.get(name)
    if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
        raise SettingError(name, value, want)
    return value


def _names(context: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Read a JSON list, or a text with commas as the command line sends it."""
    value = context.get(name)
    parts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    # They become part of an ARN, where `*`, `?` and `/` would reach into the folders of others.
    if (
        not isinstance(parts, list)
        or not all(isinstance(part, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", part) for part in parts)
        or len({part.lower() for part in parts}) < len(parts)
    ):
        raise SettingError(
            name, value, "a list of different names of 1 to 40 of A-Z, a-z, 0-9, '-' and '_', a letter or digit first"
        )
    return tuple(parts)


def _choice(context: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    value = context.get(name)
    text = str(value).lower() if isinstance(value, bool) else value
    if not isinstance(text, str) or text not in choices:
        raise SettingError(name, value, " or ".join(choices))
    return text


def _number(context: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = context.get(name)
    want = f"a whole number from {low} to {high}"
    # A JSON number comes through jsii as an int or, where node made it so, as a float without a fraction.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SettingError(name, value, want)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if re.fullmatch(r"[0-9]{1,6}", text) is None or not low <= int(text) <= high:
        raise SettingError(name, value, want)
    return int(text)
