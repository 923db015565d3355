"""Which capability is served by which side, for whom: registry, rule and snapshot (pure), store
(Django).
"""
