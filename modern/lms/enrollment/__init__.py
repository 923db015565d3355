"""Who is in which course, in which mode. Other apps enter through `api`, `data` and `errors`."""
