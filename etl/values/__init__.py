"""What becomes of values between the two databases: the kinds of columns; pure."""
