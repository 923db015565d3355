"""Who people are: accounts, profiles, preferences, and who asks in a request."""
