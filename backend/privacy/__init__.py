"""Personal data 个人信息: what is held of whom, why and how long, and the keys it is sealed with."""
