"""The settings: defaults, what the command line may send, and what is said about a bad one."""

import json
from pathlib import Path

import pytest

from infra.access.partner_limits import to_text
from infra.settings import NAMES, SettingError, Settings
from meterdrop.domain.metering.partners import Partner, read_partners

PROJECT = Path(__file__).parents[2]
DEFAULTS: dict[str, object] = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]


def test_defaults_of_cdk_json() -> None:
    """What an owner gets who changes nothing: data retained, no limit on an event's age."""
    assert Settings.from_context(DEFAULTS) == Settings(
        stage="prod",
        local=False,
        retain=True,
        max_event_age_days=None,
        ingest_memory_mb=1769,
        ingest_max_concurrency=10,
        api_memory_mb=1024,
        requests_per_second=1000,
        request_burst=2000,
        api_reserved_concurrency=None,
        origin_secret_hashes=(),
        log_retention_days=90,
        customers_retention_days=None,
        error_retention_days=None,
        audit_retention_days=400,
        public_s3_endpoint="",
        notify_email="",
        sweep=True,
        alarm_email="",
        tracing=True,
        partners={},
        require_control=(),
        page_origins=(),
        event_bus_name="",
        kms_key_arn="",
    )


MAY_BE_ABSENT = {
    *("apiReservedConcurrency", "ingestMaxConcurrency", "maxEventAgeDays"),
    *("customersRetentionDays", "errorRetentionDays"),
}


def test_cdk_json_shows_every_setting() -> None:
    """An owner finds all that may be changed in one place."""
    assert DEFAULTS.keys() >= NAMES


def test_command_line_sends_text() -> None:
    """Numbers and flags are understood as text too, as `--context name=value` sends them."""
    context = {**DEFAULTS, "local": "true", "ingestMemoryMb": "512", "maxEventAgeDays": "35", "logRetentionDays": "7"}
    settings = Settings.from_context(context)
    assert (settings.local, settings.ingest_memory_mb) == (True, 512)
    assert (settings.max_event_age_days, settings.log_retention_days) == (35, 7)


def test_numbers_may_come_as_json_floats() -> None:
    """The CDK's own language knows one kind of number."""
    assert Settings.from_context({**DEFAULTS, "apiMemoryMb": 512.0}).api_memory_mb == 512


@pytest.mark.parametrize("value", [["acme", "Globex_2"], "acme,Globex_2", " acme , Globex_2,"])
def test_partners_come_as_a_list_or_as_text_with_commas(value: object) -> None:
    """The command line knows no lists."""
    assert list(Settings.from_context({**DEFAULTS, "partners": value}).partners) == ["acme", "Globex_2"]


LIMITS = {"acme": {"customers": ["acme_*"], "meters": ["api_calls"], "negative": False}, "globex": {}}


@pytest.mark.parametrize("value", [LIMITS, json.dumps(LIMITS)])
def test_partners_come_with_limits(value: object) -> None:
    """The command line has the map as JSON. The functions read the same limits."""
    partners = Settings.from_context({**DEFAULTS, "partners": value}).partners
    assert (list(partners), read_partners(to_text(partners))) == (
        ["acme", "globex"],
        {"acme": Partner(("acme_*",), ("api_calls",), negative=False), "globex": Partner()},
    )


@pytest.mark.parametrize("value", [None, ""])
def test_no_concurrency_means_the_default(value: object) -> None:
    """Only then does `make deploy` choose less for an account with a low quota."""
    assert Settings.from_context({**DEFAULTS, "ingestMaxConcurrency": value}).ingest_max_concurrency == 10
    assert DEFAULTS["ingestMaxConcurrency"] is None


@pytest.mark.parametrize("value", [["https://usage.example.com"], "https://usage.example.com,"])
def test_page_origins_come_as_a_list_or_as_text(value: object) -> None:
    """Like partners."""
    assert Settings.from_context({**DEFAULTS, "pageOrigins": value}).page_origins == ("https://usage.example.com",)


@pytest.mark.parametrize("value", [None, ""])
def test_no_age_means_no_limit(value: object) -> None:
    """Both the JSON `null` and an empty text on the command line take the limit away."""
    assert Settings.from_context({**DEFAULTS, "maxEventAgeDays": value}).max_event_age_days is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stage", ""),
        ("stage", "Prod"),
        ("stage", "a-stage-of-too-many-letters"),
        ("stage", 7),
        ("local", "yes"),
        ("local", 1),
        ("removalPolicy", "RETAIN"),
        ("removalPolicy", True),
        ("maxEventAgeDays", 0),
        ("maxEventAgeDays", "-1"),
        ("maxEventAgeDays", 1.5),
        ("maxEventAgeDays", "35 days"),
        ("maxEventAgeDays", False),
        ("ingestMemoryMb", 128),
        ("ingestMemoryMb", 10_241),
        ("ingestMemoryMb", "٥١٢"),
        ("apiMemoryMb", "1_024"),
        ("requestsPerSecond", 0),
        ("requestsPerSecond", 0.5),
        ("requestBurst", 5_001),
        ("apiReservedConcurrency", 0),
        ("apiReservedConcurrency", 10_001),
        ("originSecretHashes", ["a" * 63]),
        ("originSecretHashes", "the secret itself"),
        ("ingestMaxConcurrency", 1),
        ("ingestMaxConcurrency", 1_001),
        ("ingestMaxConcurrency", False),
        ("logRetentionDays", 8),
        ("auditRetentionDays", 401),
        ("logRetentionDays", None),
        ("publicS3Endpoint", "localhost:4566"),
        ("publicS3Endpoint", "http://localhost:4566/"),
        ("notifyEmail", "nobody"),
        ("notifyEmail", "a@example.com, b@example.com"),
        ("notifyEmail", None),
        ("sweep", "yes"),
        ("sweep", True),
        ("alarmEmail", "somebody"),
        ("alarmEmail", "one@example.com,two@example.com"),
        ("alarmEmail", None),
        ("tracing", "yes"),
        ("partners", None),
        ("partners", "acme/eu"),
        ("partners", ["*"]),
        ("partners", ["acme", "acme"]),
        ("partners", ["acme", "Acme"]),
        ("partners", [""]),
        ("partners", [7]),
        ("partners", ["2026-11-27"]),
        ("partners", ["owner"]),
        ("partners", ["Owner"]),
        ("partners", {"acme": None}),
        ("partners", {"acme": {"customer": ["a"]}}),
        ("partners", {"acme": {"customers": "acme_*"}}),
        ("partners", {"acme": {"meters": [""]}}),
        ("partners", {"acme": {"negative": "no"}}),
        ("partners", {"acme": {}, "ACME": {}}),
        ("partners", {"acme": {"customers": ["c" * 30] * 70}}),
        ("partners", '{"acme": '),
        ("requireControl", None),
        ("requireControl", "acme/"),
        ("requireControl", ["validate/acme/"]),
        ("requireControl", ["uploads/a,b/"]),
        ("requireControl", ["uploads/a\n/"]),
        ("pageOrigins", None),
        ("eventBusName", None),
        ("eventBusName", "default"),
        ("eventBusName", "aws.partner/a"),
        ("eventBusName", "a b"),
        ("kmsKeyArn", None),
        ("kmsKeyArn", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("kmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:alias/usage"),
        ("kmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/*"),
        ("pageOrigins", "usage.example.com"),
        ("pageOrigins", "http://usage.example.com"),
        ("pageOrigins", ["https://usage.example.com/"]),
        ("pageOrigins", ["https://*.example.com"]),
        ("pageOrigins", ["https://usage.example.com", "https://usage.example.com"]),
    ],
)
def test_bad_setting_says_what_where_and_what_to_do(name: str, value: object) -> None:
    """The message names the setting, its value, what it must be, and where to change it."""
    with pytest.raises(SettingError) as raised:
        Settings.from_context({**DEFAULTS, name: value})
    message = str(raised.value)
    assert message.startswith(f"Setting {name!r} is {value!r}. It must be ")
    assert message.endswith(f"Change it under 'context' in cdk.json, or pass --context {name}=<value>.")


def test_example_of_a_message() -> None:
    """A message reads as a sentence."""
    with pytest.raises(SettingError) as raised:
        Settings.from_context({**DEFAULTS, "ingestMaxConcurrency": 1})
    assert str(raised.value) == (
        "Setting 'ingestMaxConcurrency' is 1. It must be a whole number from 2 to 1000. "
        "Change it under 'context' in cdk.json, or pass --context ingestMaxConcurrency=<value>."
    )


@pytest.mark.parametrize("name", sorted(NAMES - MAY_BE_ABSENT))
def test_absent_setting_is_named(name: str) -> None:
    """A setting taken out of `cdk.json` is missed, not guessed."""
    with pytest.raises(SettingError, match=f"'{name}' is None"):
        Settings.from_context({key: value for key, value in DEFAULTS.items() if key != name})


def test_misspelt_setting_is_not_passed_over() -> None:
    """`maxEventAgeDay` would leave the limit off without a word."""
    with pytest.raises(SettingError, match="Did you mean 'maxEventAgeDays'"):
        Settings.from_context({**DEFAULTS, "maxEventAgeDay": "35"})


def test_what_the_cdk_keeps_in_the_context_is_its_own() -> None:
    """Feature flags and lookups are no settings."""
    context = {**DEFAULTS, "@aws-cdk/core:flag": True, "aws:cdk:enable-path-metadata": True}
    assert Settings.from_context(context) == Settings.from_context(DEFAULTS)
