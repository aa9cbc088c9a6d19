"""The codes of the API: statuses, kinds, and the errors of rows and files."""

from enum import StrEnum


class Status(StrEnum):
    """The status of an upload."""

    PENDING = "pending"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    SUCCEEDED_WITH_ERRORS = "succeeded_with_errors"
    FAILED = "failed"
    REVERTING = "reverting"
    REVERTED = "reverted"


# Statuses that change only when you revert or reprocess the upload.
FINAL = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS, Status.FAILED, Status.REVERTED})


class Formula(StrEnum):
    """How a meter aggregates values. Stripe defines the first three, Meterdrop adds two."""

    SUM = "sum"
    COUNT = "count"
    LAST = "last"
    MAX = "max"
    MIN = "min"


class MeterStatus(StrEnum):
    """Whether a meter accepts events."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class RowCode(StrEnum):
    """The error codes of rows. Stripe defines the first nine."""

    NO_METER = "no_meter"
    ARCHIVED_METER = "archived_meter"
    NO_CUSTOMER_DEFINED = "meter_event_no_customer_defined"
    CUSTOMER_NOT_FOUND = "meter_event_customer_not_found"
    VALUE_NOT_FOUND = "meter_event_value_not_found"
    INVALID_VALUE = "meter_event_invalid_value"
    VALUE_TOO_MANY_DIGITS = "meter_event_value_too_many_digits"
    TIMESTAMP_TOO_FAR_IN_PAST = "timestamp_too_far_in_past"
    TIMESTAMP_IN_FUTURE = "timestamp_in_future"
    TIMESTAMP_IN_CLOSED_PERIOD = "timestamp_in_closed_period"
    TIMESTAMP_MISSING = "timestamp_missing"
    TIMESTAMP_INVALID = "timestamp_invalid"
    EVENT_NAME_MISSING = "event_name_missing"
    CUSTOMER_ID_MISSING = "customer_id_missing"
    FIELD_TOO_LONG = "field_too_long"
    FIELD_INVALID = "field_invalid"
    FIELD_COUNT_MISMATCH = "field_count_mismatch"
    IDENTIFIER_CONFLICT = "identifier_conflict"
    IDENTIFIER_CHANGED = "identifier_changed"


class FileCode(StrEnum):
    """The error codes of whole files. A file with one of these errors has no meter events."""

    TOO_LARGE = "file_too_large"
    EMPTY = "file_empty"
    NO_ROWS = "file_no_rows"
    UNSUPPORTED_TYPE = "file_unsupported_type"
    ENCODING = "file_encoding"
    MALFORMED = "file_malformed"
    MISSING_COLUMNS = "file_missing_columns"
    UNKNOWN_COLUMNS = "file_unknown_columns"
    DUPLICATE_COLUMNS = "file_duplicate_columns"
    NOT_FOUND = "file_not_found"
    UNREADABLE = "file_unreadable"
    DUPLICATE = "file_duplicate"
    CONTROL_MISMATCH = "control_mismatch"
    INTERNAL_ERROR = "internal_error"


class Kind(StrEnum):
    """The kind of rows that an upload contains."""

    USAGE = "usage"
    CUSTOMERS = "customers"
