"""Reading an answer as somebody wrote it, and deciding whether it is right. Standard library only."""
