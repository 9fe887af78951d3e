"""How many samples a percentile takes."""

#: Percentile -> samples needed before it may be printed (99 % confidence, one miss allowed, from p90 on).
NEEDED = {50: 10, 90: 64, 95: 130, 99: 662}
