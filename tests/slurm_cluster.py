"""A real Slurm of two nodes on this machine, without root, cgroups or a file under /etc.

Both nodes are this machine, under two loopback addresses: an address is a name that resolves, and
rank zero's node is where the other ranks look for it. munge proves who is who, slurmctld keeps the
queue, and a slurmd a node starts the jobs.
"""

import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

PROGRAMS = (
    "munged",
    "slurmctld",
    "slurmd",
    "sbatch",
    "srun",
    "sinfo",
    "squeue",
    "scancel",
    "scontrol",
)
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where daemons are, and a user's PATH often does not look
NODES = ("127.0.0.1", "127.0.0.2")
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL"}

# cred_expire is also how long a requeued job waits before it may start again: 120 s by default.
SETTINGS = """
ClusterName=loop
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MinJobAge=600
FirstJobId={first_job}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = "NodeName={name} NodeHostname={host} Port={port} CPUs=4 RealMemory=4000 State=UNKNOWN\n"


def missing() -> str:
    """Name the programs of Slurm and munge that this machine lacks; empty if it has them all."""
    return ", ".join(name for name in PROGRAMS if _program(name) is None)


class Slurm:
    """The commands of a cluster that runs: submit, watch, signal, cancel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # SLURM_* of a job that this test itself may run in would reach the jobs submitted here.
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_"))}
        self.environ = {**clean, "SLURM_CONF": str(folder / "slurm.conf")}

    def command(self, *argv: str | Path, cwd: Path | None = None, **environ: str) -> str:
        """Run one of Slurm's commands and return what it prints.

        Raises:
            RuntimeError: it failed, or hung; with what it said.
        """
        name = argv[0]
        try:
            done = subprocess.run(
                [_program(str(name)) or name, *argv[1:]],
                env={**self.environ, **environ},
                cwd=cwd or self.folder,
                capture_output=True,
                text=True,
                timeout=30,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{name} has not answered for 30 seconds.") from None
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, argv))} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def submit(self, *argv: str | Path, cwd: Path | None = None, **environ: str) -> str:
        """Submit a batch job and return its id."""
        return self.command("sbatch", "--parsable", *argv, cwd=cwd, **environ).partition(";")[0]

    def jobs(self, job: str) -> dict[str, dict[str, str]]:
        """What Slurm knows of a job, by field, or of an array's tasks: `{"17_2": {…}}`."""
        found = {}
        for line in self.command("scontrol", "--oneliner", "show", "job", job).splitlines():
            fields = dict(word.partition("=")[::2] for word in line.split() if "=" in word)
            task = fields.get("ArrayTaskId")
            found[f"{fields['ArrayJobId']}_{task}" if task else fields["JobId"]] = fields
        return found

    def wait(self, job: str, seconds: float = 180) -> dict[str, dict[str, str]]:
        """Wait until a job, or all of an array's tasks, have ended.

        Raises:
            TimeoutError: they have not; with what they are doing.
        """

        def ended() -> bool:
            return all(fields["JobState"] in ENDED for fields in self.jobs(job).values())

        wait_for(ended, seconds, lambda: f"job {job} has not ended: {self.jobs(job)}")
        return self.jobs(job)


def wait_for(condition: Callable[[], bool], seconds: float, fault: Callable[[], str]) -> None:
    """Ask again and again until a condition holds.

    Raises:
        TimeoutError: it does not within so many seconds; with the fault in words.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"After {seconds} seconds {fault()}")
        time.sleep(0.1)


@contextmanager
def cluster() -> Iterator[Slurm]:
    """Start a cluster in a folder of its own; end it, and all that it has started, at the end.

    Raises:
        RuntimeError: a daemon ended at once; with the end of its log.
        TimeoutError: the nodes do not come up; with the ends of all logs.
    """
    with ExitStack() as stack:
        stack.enter_context(_interruptible())
        # Not pytest's tmp_path: munge wants a folder others may look into, and a socket's path may
        # have no more than 107 characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        folder.chmod(0o755)
        _write_settings(folder)
        slurm = Slurm(folder)
        stack.callback(_end_leftovers, folder)
        _start(stack, slurm, "munged", *_munge_options(folder))
        wait_for((folder / "munge.sock").exists, 10, lambda: _logs(folder))
        _start(stack, slurm, "slurmctld", "-D")
        for node in NODES:
            _start(stack, slurm, "slurmd", "-D", "-N", node)
        wait_for(lambda: _idle(slurm), 30, lambda: f"the nodes are not idle. {_logs(folder)}")
        stack.callback(_cancel_all, slurm)
        yield slurm


def _write_settings(folder: Path) -> None:
    for name in ("state", *(f"spool.{node}" for node in NODES)):
        (folder / name).mkdir()
    host = socket.gethostname().partition(".")[0]
    controller_port, *node_ports = _free_ports(1 + len(NODES))
    settings = SETTINGS.format(
        host=host,
        controller_port=controller_port,
        user=getpass.getuser(),
        folder=folder,
        first_job=random.randrange(1000, 9000),  # Lightning's MASTER_PORT is 15000 + its end
    )
    for name, port in zip(NODES, node_ports, strict=True):
        settings += NODE.format(name=name, host=host, port=port)
    (folder / "slurm.conf").write_text(settings)
    key = folder / "munge.key"
    key.touch(0o600)
    key.write_bytes(random.randbytes(1024))


def _munge_options(folder: Path) -> list[str]:
    places = {"socket": "munge.sock", "key-file": "munge.key", "pid-file": "munge.pid"}
    places |= {"log-file": "munge.log", "seed-file": "munge.seed"}
    return ["--foreground", *(f"--{name}={folder / file}" for name, file in places.items())]


def _start(stack: ExitStack, slurm: Slurm, name: str, *options: str) -> None:
    """Start a daemon in a session of its own: Ctrl-C is for the test, which ends them in order."""
    log = slurm.folder / f"{name}{options[-1] if name == 'slurmd' else ''}.out"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [_program(name) or name, *options],
            env=slurm.environ,
            cwd=slurm.folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    stack.callback(_end, process)
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
        raise RuntimeError(f"{name} ended at once: {_logs(slurm.folder)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _idle(slurm: Slurm) -> bool:
    nodes = slurm.command("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N")
    return len(nodes.split()) == len(NODES)


def _cancel_all(slurm: Slurm) -> None:
    """End all jobs while the daemons still run: a job's own daemon would outlive them."""
    with suppress(RuntimeError, TimeoutError):
        slurm.command("scancel", "--full", f"--user={getpass.getuser()}")
        wait_for(lambda: not slurm.command("squeue", "--noheader"), 15, lambda: "jobs are left")


def _end_leftovers(folder: Path) -> None:
    """Kill what is still there with this cluster in its environment, if /proc can tell."""
    mark = f"SLURM_CONF={folder / 'slurm.conf'}\0".encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in environ.read_bytes():
                os.kill(int(environ.parent.name), signal.SIGKILL)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end a test as Ctrl-C does, daemons included."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=SBIN)


def _logs(folder: Path) -> str:
    """The last lines of each daemon's log."""
    logs = sorted([*folder.glob("*.out"), *folder.glob("*.log")])
    ends = (log.read_text(errors="replace").splitlines()[-8:] for log in logs)
    return "\n".join(
        f"{log.name}:\n  " + "\n  ".join(end) for log, end in zip(logs, ends, strict=True)
    )
