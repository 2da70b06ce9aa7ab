"""Text to value and back, one module per format. Pure: text comes in, text goes out, nothing here touches a disk."""
