"""Quotas and settings: what was deployed is in place and switched on."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from meterdrop.domain.files.decoding import SIZE_LIMIT
from tools.verify.outcome import Outcome, expect, expect_equal, not_tried
from tools.verify.verification import Verification

INPUT_PREFIXES = {"uploads/", "validate/", "customers/"}


def check(run: Verification) -> Iterator[Outcome]:
    """Check account, functions, triggers, throttle, tables, queues, bucket, alarms and emails."""
    yield from _functions(run)
    yield from _triggers(run)
    yield from check_throttle(run)
    yield from _tables(run)
    yield from _queues(run)
    yield from _bucket(run)
    yield from check_alarms(run)
    yield from _emails(run)


def _functions(run: Verification) -> Iterator[Outcome]:
    functions = run.client("lambda")
    limit = functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    files = max(
        each.properties.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
        for each in run.deployed.of_type("AWS::Lambda::EventSourceMapping")
    )
    yield expect(
        "the account can run twice as many functions as this stack processes files at once",
        limit >= 2 * files,
        "to raise the quota, see Service Quotas, Lambda, Concurrent executions; or lower ingestMaxConcurrency",
        note=f"{limit} functions, {files} files",
    )
    for each in run.deployed.of_type("AWS::Lambda::Function"):
        found = functions.get_function_configuration(FunctionName=each.name)
        for name in ("Runtime", "Handler", "MemorySize", "Timeout"):
            if found[name] != each.properties[name]:
                yield expect_equal(f"{each.name}: {name}", each.properties[name], found[name])
        yield expect_equal(f"{each.properties['Handler']} is active", "Active", found.get("State"))


def _triggers(run: Verification) -> Iterator[Outcome]:
    functions = run.client("lambda")
    for each in run.deployed.of_type("AWS::Lambda::EventSourceMapping"):
        found = functions.get_event_source_mapping(UUID=each.name)
        yield expect_equal(f"the trigger {each.id} is enabled", "Enabled", found["State"])
    for each in run.deployed.of_type("AWS::Events::Rule"):
        found = run.client("events").describe_rule(Name=each.name.rpartition("/")[2])
        expected = each.properties.get("State", "ENABLED")
        yield expect_equal(f"the rule {each.id} is {expected.lower()}", expected, found["State"])


def check_throttle(run: Verification) -> Iterator[Outcome]:
    """Check that the API's stage limits requests as the template says, in all and on the paths without a key."""
    statement = "the API limits requests as deployed"
    if run.is_local:
        yield not_tried(statement, "the emulator doesn't throttle")
        return
    [stage] = run.deployed.of_type("AWS::ApiGatewayV2::Stage")
    found = run.client("apigatewayv2").get_stage(ApiId=run.outputs.api_id, StageName=stage.properties["StageName"])
    expected = _limits(stage.properties)
    yield expect_equal(statement, expected, _limits(found))


def _limits(stage: Mapping[str, Any]) -> dict[str, tuple[float, int]]:
    """Return requests per second and burst, by route."""
    routes = {"$default": stage["DefaultRouteSettings"], **stage.get("RouteSettings", {})}
    return {
        route: (float(limits["ThrottlingRateLimit"]), int(limits["ThrottlingBurstLimit"]))
        for route, limits in routes.items()
    }


def _tables(run: Verification) -> Iterator[Outcome]:
    dynamodb = run.client("dynamodb")
    for each in run.deployed.of_type("AWS::DynamoDB::GlobalTable"):
        found = dynamodb.describe_table(TableName=each.name)["Table"]
        warm = found.get("WarmThroughput", {}).get("WriteUnitsPerSecond")
        yield expect(
            f"the table {each.name} is active",
            found["TableStatus"] == "ACTIVE",
            found["TableStatus"],
            note=f"accepts {warm:,} write units per second at once" if warm else "",
        )
        replica = each.properties["Replicas"][0]
        protected = replica.get("DeletionProtectionEnabled", False)
        yield expect_equal(
            f"deletion protection of {each.name}", protected, found.get("DeletionProtectionEnabled", False)
        )
        restorable = replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        statement = f"point-in-time recovery of {each.name}"
        if run.is_local and restorable:
            yield not_tried(statement, "the emulator doesn't switch it on")
            continue
        backups = dynamodb.describe_continuous_backups(TableName=each.name)["ContinuousBackupsDescription"]
        status = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        yield expect_equal(statement, restorable, status == "ENABLED")


def _queues(run: Verification) -> Iterator[Outcome]:
    for url in (run.outputs.queue_url, run.outputs.dead_letter_queue_url):
        name = url.rpartition("/")[2]
        found = run.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        [queue] = [each for each in run.deployed.of_type("AWS::SQS::Queue") if each.name == url]
        for attribute in ("VisibilityTimeout", "MessageRetentionPeriod"):
            expected = str(queue.properties[attribute])
            yield expect_equal(f"{attribute} of {name}", expected, found[attribute])
        if url == run.outputs.dead_letter_queue_url:
            letters = int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesNotVisible"])
            yield expect("the dead-letter queue is empty", not letters, f"{letters} messages. See the runbook")


def _bucket(run: Verification) -> Iterator[Outcome]:
    bucket = run.outputs.bucket
    yield expect_equal(
        "the bucket keeps versions", "Enabled", run.s3.get_bucket_versioning(Bucket=bucket).get("Status")
    )
    notified = run.s3.get_bucket_notification_configuration(Bucket=bucket).get("QueueConfigurations", [])
    prefixes = {
        rule["Value"]
        for each in notified
        if each["Events"] == ["s3:ObjectCreated:*"]
        for rule in each["Filter"]["Key"]["FilterRules"]
    }
    yield expect_equal("the bucket notifies the queue of every input prefix", INPUT_PREFIXES, prefixes)
    deleting = [rule for rule in _lifecycle_rules(run) if _deletes_files(rule)]
    yield expect("no lifecycle rule deletes usage files or their versions", not deleting, deleting)
    blocked = run.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    yield expect("the bucket blocks public access", all(blocked.values()) and len(blocked) == 4)  # noqa: PLR2004


def _lifecycle_rules(run: Verification) -> list[dict[str, Any]]:
    try:
        rules: list[dict[str, Any]] = run.s3.get_bucket_lifecycle_configuration(Bucket=run.outputs.bucket)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return []
    return rules


def _deletes_files(rule: dict[str, Any]) -> bool:
    conditions = rule.get("Filter", {})
    conditions = conditions.get("And", conditions)
    if conditions.get("ObjectSizeGreaterThan", 0) >= SIZE_LIMIT:  # Meterdrop refuses these files
        return False
    prefix = conditions.get("Prefix", rule.get("Prefix", ""))
    # The setting customersRetentionDays makes a rule for files of customers, which no revert needs.
    prefixes = INPUT_PREFIXES - {"customers/"}
    is_about_files = any(prefix.startswith(each) or each.startswith(prefix) for each in prefixes)
    deletes = {"Expiration", "NoncurrentVersionExpiration"} & rule.keys()
    return rule["Status"] == "Enabled" and is_about_files and bool(deletes)


def check_alarms(run: Verification) -> Iterator[Outcome]:
    """Check that the alarms of the template exist, notify, and are off."""
    expected = {each.name for each in run.deployed.of_type("AWS::CloudWatch::Alarm")}
    if not expected:
        yield not_tried("all alarms exist, and none is silenced or on", "the emulator has no alarms on expressions")
        return
    pages = run.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"meterdrop-{run.stage}")
    found = {each["AlarmName"]: each for page in pages for each in page["MetricAlarms"]}
    missing = expected - found.keys()
    yield expect(f"all {len(expected)} alarms exist", not missing, sorted(missing))
    silent = sorted(name for name in expected & found.keys() if not found[name].get("ActionsEnabled", True))
    yield expect("no alarm is silenced", not silent, silent)
    ringing = sorted(name for name in expected & found.keys() if found[name]["StateValue"] == "ALARM")
    yield expect("no alarm is on", not ringing, ringing)


def _emails(run: Verification) -> Iterator[Outcome]:
    topics = list(run.deployed.of_type("AWS::SNS::Topic"))
    if not topics:
        yield not_tried("emails reach their address", "neither alarmEmail nor notifyEmail is set")
    for topic in topics:
        pages = run.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic.name)
        waiting = [
            each["Endpoint"]
            for page in pages
            for each in page["Subscriptions"]
            if each["SubscriptionArn"] == "PendingConfirmation"
        ]
        yield expect(
            f"the address of {topic.id} has confirmed its emails",
            not waiting,
            f"{', '.join(waiting)}: follow the link in the email from AWS",
        )
