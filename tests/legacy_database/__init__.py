"""Tests of the sandbox legacy database; they run on the stack's MariaDB."""
