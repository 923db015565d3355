"""What both services use; imports neither of them."""
