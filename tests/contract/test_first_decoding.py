"""Threads that decode the first record of a kind at the same moment: the publisher and a sink do at every start."""

from __future__ import annotations

import subprocess
import sys

from schemas.codec import encode
from tests.builders import full_commit

DECODING = """
import sys
from threading import Barrier, Thread
from schemas.codec import decode
from schemas.ledger import Commit

sys.setswitchinterval(1e-6)
data, together, found = sys.stdin.buffer.read(), Barrier(4), []

def work():
    together.wait()
    found.append(decode(data, Commit))

threads = [Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 4 and found.count(found[0]) == 4
"""


def test_the_first_records_may_come_in_several_threads() -> None:
    data = encode(full_commit(1))
    for _ in range(3):  # it is a matter of luck, and each process has one try
        done = subprocess.run([sys.executable, "-c", DECODING], input=data, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
