"""The facade: HTTP in, HTTP out; every request goes to legacy or to modern, as the flags say.

It knows neither Django nor SQL, keeps no body in memory, and passes on byte for byte what it could
parse strictly.
"""
