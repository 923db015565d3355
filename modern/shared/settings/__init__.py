"""Settings that both services have in common; each service adds its apps and URLs."""
