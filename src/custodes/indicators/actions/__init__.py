"""Everything a person can do with readings."""

from custodes.indicators.actions.computations import request_computation
from custodes.indicators.actions.quality import record_quality_check
from custodes.indicators.actions.reproduction import reproduce_reading
from custodes.indicators.actions.review import (
    publish_readings,
    return_readings,
    submit_readings,
    verify_readings,
    withdraw_readings,
)

__all__ = [
    "publish_readings",
    "record_quality_check",
    "reproduce_reading",
    "request_computation",
    "return_readings",
    "submit_readings",
    "verify_readings",
    "withdraw_readings",
]
