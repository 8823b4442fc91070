"""The wallet's commands, one a file, each with a click command named `command`."""
