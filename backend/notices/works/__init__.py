"""Planned works 计划施工: water, power, gas and roads, where and how long, as offices announce them."""
