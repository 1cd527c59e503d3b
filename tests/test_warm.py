"""A kernel that is forked is like one that is started, but for others' packages in memory."""

import ast
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from jupyter_client.manager import start_new_kernel

TOLD = """dict(
    pid=os.getpid(),
    folder=os.getcwd(),
    place=os.environ.get("PLACE"),
    path=sys.path[0],
    number=numpy.random.rand(),
    warm="pytorch_lightning" in sys.modules,
    ours=[name for name in sys.modules if name.startswith(("course_lib", "wandb", "warm"))],
)"""


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")
def test_a_forked_kernel_has_place_environment_and_chance_of_its_own(tmp_path: Path) -> None:
    told = []
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        manager, client = start_new_kernel(
            kernel_name="python3", cwd=tmp_path / place, env={**os.environ, "PLACE": place}
        )
        options = dict(user_expressions={"told": TOLD}, reply=True, timeout=60)
        reply = client.execute("import os, sys, numpy", **options)
        told.append(
            ast.literal_eval(reply["content"]["user_expressions"]["told"]["data"]["text/plain"])
        )
        assert psutil.Process(told[-1]["pid"]).ppid() == os.getpid()
        assert manager.provisioner.pgid == told[-1]["pid"]  # where signals go: to it alone
        assert manager.is_alive()
        os.kill(told[-1]["pid"], signal.SIGKILL)
        assert manager.provisioner.process.wait() == -signal.SIGKILL
        assert not manager.is_alive()
        client.stop_channels()
        manager.cleanup_resources()
    assert [kernel["place"] for kernel in told] == ["here", "there"]
    assert [Path(kernel["folder"]).name for kernel in told] == ["here", "there"]
    for kernel in told:
        assert kernel["warm"]
        assert kernel["ours"] == []
        assert kernel["path"] != str(Path(__file__).parent)
    assert told[0]["number"] != told[1]["number"]
