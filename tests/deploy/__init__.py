"""Tests of the development stack and of what describes other installations."""
