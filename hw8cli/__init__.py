"""The interface: commands, reading of inputs, renderers."""

import gc

gc.set_threshold(200_000)  # what follows is imports, which allocate a lot and free little
