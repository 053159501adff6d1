"""The interface: commands, reading of inputs, renderers."""
