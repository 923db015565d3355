"""Enrollment API v1, `/api/enrollment/v1/`: for browsers, phones, and servers with the API key.

`shapes` says in legacy's words what modern knows, `refusals` what it says instead, `wishes` is what
a POST asks for, `views` answer. Not here: embargo by country, which stock legacy leaves off, and
refunds, which hang on a signal inside legacy.
"""
