"""`etl verify`: whether both sides say the same, and the repair of what does not."""
