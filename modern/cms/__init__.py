"""The Studio service: where courses are made. Its apps arrive with their capabilities."""
