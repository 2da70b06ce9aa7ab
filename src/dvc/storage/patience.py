"""How long to wait before a server is asked again. One value for all kinds; read when it is used, so that tests may be quick."""

PAUSE = 0.2  # seconds before the second try; each further pause is longer
