"""A path from lanA to lanB, kept up by path.sh while this object lives; and what its processes and the machine spend."""
import json
import os
import subprocess

HERE = os.path.dirname(os.path.realpath(__file__))
HOST_A, HOST_B = "10.1.0.2", "10.2.0.2"
DOWN_S = 60


class Failure(Exception):
    """Something that the bench can't do without; its text is for the reader."""


class Path:
    def __init__(self, name, arguments, build, programs, options=""):
        """`build` is what runs on it; the loads, the same for all, are those of `programs`."""
        self.name, self.build, self.programs, self.shell = name, build, programs, None
        self.arguments, self.options = arguments, options
        self.prefix, self.pids = None, []

    def begin(self):
        env = dict(os.environ, BULKHEAD_BUILD=self.build, GATEWAY_OPTIONS=self.options)
        self.shell = subprocess.Popen([os.path.join(HERE, "path.sh"), *self.arguments], env=env, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def wait_until_up(self):
        lines = []
        for line in self.shell.stdout:
            lines.append(line)
            if line.startswith("{"):
                answer = json.loads(line)
                self.prefix, self.work, self.pids = answer["prefix"], answer["work"], answer["pids"]
                return
        raise Failure(f"the path {self.name} does not come up:\n" + "".join(lines[-20:]))

    def end(self):
        if self.shell:
            self.shell.stdin.close()
            try:
                self.shell.wait(DOWN_S)
            except subprocess.TimeoutExpired:
                self.shell.terminate()
            self.shell = None

    def check(self):
        """Fails when a gateway has lost a process."""
        gone = [pid for pid in self.pids if not os.path.exists(f"/proc/{pid}/stat")]
        if gone or self.shell.poll() is not None:
            raise Failure(f"the path {self.name} has lost its process {gone}")

    def command(self, namespace, *words):
        return ["nsenter", f"--net=/run/netns/{self.prefix}-{namespace}", "--", *words]

    def program(self, namespace, name, *words):
        return self.command(namespace, os.path.join(self.programs, name), *words)

    def spawn(self, words):
        return subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, words, timeout_s):
        try:
            done = subprocess.run(words, text=True, capture_output=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name}: {' '.join(words[3:])}: no end after {timeout_s} s") from None
        if done.returncode:
            raise Failure(f"{self.name}: {' '.join(words[3:])}: {(done.stderr or done.stdout).strip()[-300:]}")
        return json.loads(done.stdout)

    def cpu_s(self):
        """Seconds of CPU that the gateways' processes have had."""
        total = 0
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                    total += int(f.read().split()[0])
        return total / 1e9


def machine_cpu_s():
    """Seconds of CPU that the whole machine has spent: all but idle, waiting for disks, and what the host took."""
    with open("/proc/stat") as f:
        user, nice, system, _, _, irq, softirq = (int(n) for n in f.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
