"""The tracking log: what people did, one JSON object a line, in the shape that analysts have read
since 2012.
"""
