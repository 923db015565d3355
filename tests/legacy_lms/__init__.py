"""A stand-in for the legacy LMS: its database, and a service that answers as it was recorded."""
