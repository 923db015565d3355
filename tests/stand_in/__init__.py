"""The stand-in is held to its recording, and proved beyond it."""
