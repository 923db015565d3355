"""Who earned which certificate. Other apps enter through `api` and `data`."""
