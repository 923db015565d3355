"""Settings of the bridge period: modern's own plus flags, legacy URLs and the facade's identity."""
