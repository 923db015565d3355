"""Enrollment API v1, `/api/enrollment/v1/`: for browsers, phones, and servers with the API key.

`shapes` says in legacy's words what modern knows, `wishes` is what a POST asks for, `views` answer.
Embargo by country is not looked at here: it is off unless a deployment switches it on in legacy.
"""
