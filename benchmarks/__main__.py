"""All benchmarks, one after the other: `make bench`."""

import sys

from benchmarks import callbacks, checks, data_path, start_up

if __name__ == "__main__":
    sys.exit(max(start_up.main(), data_path.main(), callbacks.main(), checks.main()))
