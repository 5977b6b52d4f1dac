"""Verified closure 实际解决率: what citizens confirm beside what offices claim, and the cases behind it."""
