"""The use cases, one to a file: options in, result out, locks taken here. They raise; they never print."""
