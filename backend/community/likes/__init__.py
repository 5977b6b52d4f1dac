"""点赞: what people like, one mark a person and thing."""
