"""The soak: `facade run` under load while everything around it is killed, stopped and flipped.

`make soak` runs it for minutes and prints a page of evidence; tests/facade/test_soak.py runs it for
seconds. Everything stays on loopback, bounded in clients and time.
"""
