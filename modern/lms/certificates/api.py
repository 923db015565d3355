"""The only door of certificates: what a learner has, and whether it keeps them in a course."""

from modern.lms.certificates.queries import certificate, certificates_of, has_allowance, holds

__all__ = ["certificate", "certificates_of", "has_allowance", "holds"]
