"""The tests mirror the packages; `legacy_lms/` is the stand-in for the legacy LMS."""
