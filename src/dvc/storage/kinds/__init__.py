"""The kinds of storage, each loaded when a URL of its kind is opened; what several of them share lies beside them."""
