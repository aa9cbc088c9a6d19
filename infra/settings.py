"""The settings of a stack: the `context` of `cdk.json`, or `--context name=value` on the command line.

Only `cdk.json` has the defaults, except for `ingestMaxConcurrency`. Values from the command line are text, so `"512"`
means the same as `512`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from infra.access.partner_limits import WANTED, Limits, read_partner_limits

# The retentions of CloudWatch Logs, in days. With another number, the deployment would fail minutes later.
LOG_RETENTIONS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
NAMES = frozenset(
    {
        *("stage", "local", "removalPolicy", "maxEventAgeDays", "ingestMemoryMb", "ingestMaxConcurrency"),
        *(
            "apiMemoryMb",
            "logRetentionDays",
            "auditRetentionDays",
            "publicS3Endpoint",
            "notifyEmail",
            "sweep",
            "alarmEmail",
            "tracing",
        ),
        *("partners", "requireControl", "pageOrigins", "requestsPerSecond", "requestBurst"),
        *("eventBusName", "kmsKeyArn"),
        *("apiReservedConcurrency", "originSecretHashes", "customersRetentionDays", "errorRetentionDays"),
    }
)
# Files at once by default. `make deploy` chooses less for an account with a low quota.
INGEST_MAX_CONCURRENCY = 10
# The tag of all resources that hold data. Its value is the stack's name.
DATA_TAG = "meterdrop:stack"
# The CDK's own names in the context: feature flags, lookups (`@aws-cdk/…`, `aws:…`), and these two.
_CDK_NAME = re.compile(r".*[:/].*|cli-telemetry|tree")


class SettingError(ValueError):
    """An invalid setting. The message has its name and value, the valid values, and where to change it."""

    def __init__(self, name: str, value: object, want: str) -> None:
        """Create the message; `want` completes the sentence "It must be"."""
        super().__init__(
            f"Setting {name!r} is {value!r}. It must be {want}. "
            f"Change it under 'context' in cdk.json, or pass --context {name}=<value>."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The valid settings of one stack.

    - `local`: a stack for the emulator on this machine.
    - `max_event_age_days`: None for no limit.
    - `audit_retention_days`: how long the audit trail keeps a line.
    - `public_s3_endpoint`: the URL of S3 for clients, without a path; empty for AWS.
    - `notify_email`: the address for emails about uploads; empty for none.
    - `alarm_email`: the address for alarms; empty for none.
    - `partners`: the folders below `uploads/` that are a scope of their own and get a policy, with their limits.
    - `require_control`: the prefixes of object keys under which usage files must declare their totals.
    - `requests_per_second`, `request_burst`: the throttle of the API.
    - `customers_retention_days`, `error_retention_days`: days after which files of customers, and error files, expire;
      None for never.
    - `api_reserved_concurrency`: how many executions the API's function has, and can have, at once; None for no limit.
    - `origin_secret_hashes`: SHA-256 of the secrets of which each API request must have one; empty for none.
    - `page_origins`: the origins of the page on domains of the owner, such as https://usage.example.com.
    - `event_bus_name`: the name of an event bus that the stack creates; empty for the account's default bus.
    - `kms_key_arn`: the owner's key for all stored data; empty for AWS's keys.
    """

    stage: str
    local: bool
    retain: bool
    max_event_age_days: int | None
    ingest_memory_mb: int
    ingest_max_concurrency: int
    api_memory_mb: int
    requests_per_second: int
    request_burst: int
    api_reserved_concurrency: int | None
    origin_secret_hashes: tuple[str, ...]
    log_retention_days: int
    audit_retention_days: int
    customers_retention_days: int | None
    error_retention_days: int | None
    public_s3_endpoint: str
    notify_email: str
    sweep: bool
    alarm_email: str
    tracing: bool
    partners: Mapping[str, Limits]
    require_control: tuple[str, ...]
    page_origins: tuple[str, ...]
    event_bus_name: str
    kms_key_arn: str

    @property
    def name(self) -> str:
        """The name of the stack and its metrics' namespace, and the prefix of its dashboard and policies."""
        return f"meterdrop-{self.stage}"

    @property
    def tls_only(self) -> bool:
        """Whether bucket and queues refuse plain HTTP. Only the emulator's accept it, because it has no HTTPS."""
        return not self.local

    @classmethod
    def from_context(cls, context: Mapping[str, object]) -> Self:
        """Read the settings from the CDK context; raise SettingError for an invalid, missing or unknown one."""
        _refuse_unknown(context)
        concurrency = context.get("ingestMaxConcurrency")
        reserved = context.get("apiReservedConcurrency")
        return cls(
            stage=_text(
                context,
                "stage",
                r"[a-z][a-z0-9-]{0,15}",
                "1 to 16 characters of a-z, 0-9 and '-', starting with a letter",
            ),
            local=_choice(context, "local", ("true", "false")) == "true",
            retain=_choice(context, "removalPolicy", ("retain", "destroy")) == "retain",
            max_event_age_days=_days(context, "maxEventAgeDays"),
            ingest_memory_mb=_number(context, "ingestMemoryMb", 256, 10_240),
            ingest_max_concurrency=INGEST_MAX_CONCURRENCY
            if concurrency in (None, "")
            else _number(context, "ingestMaxConcurrency", 2, 1_000),
            api_memory_mb=_number(context, "apiMemoryMb", 128, 10_240),
            # The maximum is what AWS allows an account by default.
            requests_per_second=_number(context, "requestsPerSecond", 1, 10_000),
            request_burst=_number(context, "requestBurst", 1, 5_000),
            api_reserved_concurrency=None
            if reserved in (None, "")
            else _number(context, "apiReservedConcurrency", 1, 10_000),
            origin_secret_hashes=_texts(
                context,
                "originSecretHashes",
                r"[0-9a-f]{64}",
                "SHA-256 hashes, each with 64 characters of 0-9 and a-f",
            ),
            log_retention_days=_retention(context, "logRetentionDays"),
            audit_retention_days=_retention(context, "auditRetentionDays"),
            customers_retention_days=_days(context, "customersRetentionDays"),
            error_retention_days=_days(context, "errorRetentionDays"),
            public_s3_endpoint=_text(
                context,
                "publicS3Endpoint",
                r"(https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?)?",
                "empty (for AWS) or a URL without a path, such as http://localhost:4566",
            ),
            notify_email=_text(
                context, "notifyEmail", r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "empty (for no email) or one email address"
            ),
            sweep=_choice(context, "sweep", ("on", "off")) == "on",
            alarm_email=_text(
                context,
                "alarmEmail",
                r"([^@\s,;]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)?",
                "empty (for no email) or one email address",
            ),
            tracing=_choice(context, "tracing", ("true", "false")) == "true",
            partners=_partners(context),
            require_control=_texts(
                context,
                "requireControl",
                r"uploads/[^,\x00-\x1f\x7f]{0,200}",
                "prefixes of object keys under uploads/, such as uploads/acme/",
            ),
            page_origins=_texts(
                context,
                "pageOrigins",
                r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?",
                "URLs such as https://usage.example.com",
            ),
            event_bus_name=_text(
                context,
                "eventBusName",
                r"((?!default$|aws\.)[A-Za-z0-9._-]{1,100})?",
                "empty (for the default bus) or 1 to 100 characters of A-Z, a-z, 0-9, '.', '-' and '_', not default",
            ),
            kms_key_arn=_text(
                context,
                "kmsKeyArn",
                r"(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?",
                "empty (for keys of AWS) or the ARN of a key, not of an alias",
            ),
        )


def _refuse_unknown(context: Mapping[str, object]) -> None:
    """Raise SettingError for an unknown name. Otherwise, a misspelled setting would have no effect."""
    for name in context:
        if name not in NAMES and not _CDK_NAME.fullmatch(name):
            near = get_close_matches(name, sorted(NAMES), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"The settings are {', '.join(sorted(NAMES))}."
            raise SettingError(name, context[name], f"left out, because no setting has this name. {hint}")


def _text(context: Mapping[str, object], name: str, pattern: str, want: str) -> str:
    value = context.get(name)
    if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
        raise SettingError(name, value, want)
    return value


def _partners(context: Mapping[str, object]) -> dict[str, Limits]:
    value = context.get("partners")
    limits = read_partner_limits(value)
    if limits is None:
        raise SettingError("partners", value, WANTED)
    return limits


def _texts(context: Mapping[str, object], name: str, pattern: str, want: str) -> tuple[str, ...]:
    """Read a JSON list, or a text with commas from the command line."""
    value = context.get(name)
    parts = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if (
        not isinstance(parts, list)
        or not all(isinstance(part, str) and re.fullmatch(pattern, part) for part in parts)
        or len({part.lower() for part in parts}) < len(parts)
    ):
        raise SettingError(name, value, f"a list of different {want}")
    return tuple(parts)


def _choice(context: Mapping[str, object], name: str, choices: tuple[str, ...]) -> str:
    value = context.get(name)
    text = str(value).lower() if isinstance(value, bool) else value
    if not isinstance(text, str) or text not in choices:
        raise SettingError(name, value, " or ".join(choices))
    return text


def _days(context: Mapping[str, object], name: str) -> int | None:
    """Read a number of days, None if the setting is empty."""
    return None if context.get(name) in (None, "") else _number(context, name, 1, 36_500)


def _retention(context: Mapping[str, object], name: str) -> int:
    days = _number(context, name, 1, max(LOG_RETENTIONS))
    if days not in LOG_RETENTIONS:
        raise SettingError(name, days, f"one of {', '.join(map(str, LOG_RETENTIONS))}")
    return days


def _number(context: Mapping[str, object], name: str, low: int, high: int) -> int:
    value = context.get(name)
    want = f"a whole number from {low} to {high}"
    # jsii passes a JSON number as an int, or as a float without a fraction.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SettingError(name, value, want)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if re.fullmatch(r"[0-9]{1,6}", text) is None or not low <= int(text) <= high:
        raise SettingError(name, value, want)
    return int(text)
