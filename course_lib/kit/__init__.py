"""The `course` command: everything that handles notebooks from outside."""
