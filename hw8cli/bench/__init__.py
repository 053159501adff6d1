"""The races of `hw8 bench`: ours against each peer that is installed.

They run on one thread, in a process of its own.

`python -m hw8cli.bench kernel forward` runs them and writes a JSON object a line: how far it is,
and what came of each. A race has one result, which every peer must reach as well. A suite is a file
here, a race is a function in its RACES.
"""
