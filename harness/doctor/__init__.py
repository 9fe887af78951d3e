"""`harness doctor`: is an encoder sound, what would a suite need, is this machine fit? Findings, not decisions."""

from harness.doctor.encoder import encoder_parts
from harness.doctor.finding import Finding, Part
from harness.doctor.machine import machine_parts
from harness.doctor.suite import suite_parts

__all__ = ["Finding", "Part", "encoder_parts", "machine_parts", "suite_parts"]
