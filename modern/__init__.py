"""The new services: `lms` and `cms`, and in `shared` what both use. Knows nothing of the bridge."""
