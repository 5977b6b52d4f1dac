"""实名认证: that a real person stands behind an account, as article 4 of 互联网跟帖评论服务管理规定 (2022) demands."""
