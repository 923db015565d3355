"""Who may do what in which course."""
