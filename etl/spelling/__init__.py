"""From the binary values of the log to the bytes that a SELECT gives; pure."""
