"""The loads: each is a function of a path and a Settings, and gives a dictionary of numbers."""
import contextlib
import json
import time

from path import HOST_B, machine_cpu_s

PORT_SINK, PORT_ECHO, PORT_LOAD = 7001, 7002, 7003
LOSS_MAX = 0.005      # "loss-free"
OFFERED_MIN = 0.95    # of what a trial wanted to send: less, and the machine has no more to give
LOADED_PPS = 10000    # 1400-byte packets beside which latency is measured: every peer can do that
LAG_S_MAX = 0.03      # of the last packet: what comes later stood in somebody's queue, and that only grows
RATE_FIRST, RATE_MAX = 20_000, 2_000_000
DRAIN_S = 0.5         # after a trial with too much: what stands in queues then goes away


class Settings:
    def __init__(self, tcp_s, flood_s, trial_s, pings):
        self.tcp_s, self.flood_s, self.trial_s, self.pings = tcp_s, flood_s, trial_s, pings
        self.starts = {}  # where a search of an earlier round ended, by path and size


def tcp(path, settings, streams):
    """Mb/s that arrive, and seconds of CPU a Gb: of the gateways, and of all that the machine did meanwhile."""
    gateways, machine = path.cpu_s(), machine_cpu_s()
    report = path.run(path.command("lanA", "iperf3", "-c", HOST_B, "-C", "cubic", "-P", str(streams),
                                   "-t", str(settings.tcp_s), "-J"), settings.tcp_s + 30)
    end = report["end"]
    gbits = end["sum_received"]["bytes"] * 8 / 1e9
    return {"mbps": end["sum_received"]["bits_per_second"] / 1e6, "retransmits": end["sum_sent"]["retransmits"],
            "gateways_s_per_gb": (path.cpu_s() - gateways) / gbits,
            "machine_s_per_gb": (machine_cpu_s() - machine) / gbits}


def warm_up(path):
    """A second that does not count: every path has seen traffic before it is measured."""
    tcp(path, Settings(tcp_s=1, flood_s=0, trial_s=0, pings=0), 1)


@contextlib.contextmanager
def listening(path, *words):
    """A program in lanB that says "ready"; it ends with the block."""
    process = path.spawn(path.program("lanB", *words))
    try:
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{words[0]} does not start: {process.stderr.read()}")
        yield process
    finally:
        process.terminate()
        process.wait()


def udp(path, size, pps, seconds):
    """What arrives of `pps` packets a second, 0 for as many as possible."""
    run = str(time.monotonic_ns())
    with listening(path, "udp_sink", HOST_B, str(PORT_SINK), run) as sink:
        source = path.run(path.program("lanA", "udp_source", HOST_B, str(PORT_SINK), str(size), str(pps),
                                       str(seconds), run), seconds + 30)
        time.sleep(0.2)  # what is still on its way
        sink.terminate()
        got = json.loads(sink.stdout.read())
    sent = max(source["sent"], 1)
    return {"pps": got["received"] / max(source["seconds"], got["seconds"]), "loss": 1 - got["received"] / sent,
            "lag_s": max(got["seconds"] - source["seconds"], 0), "sent_pps": source["sent"] / source["seconds"], "reordered": got["reordered"]}


def flood(path, settings, size):
    got = udp(path, size, 0, settings.flood_s)
    time.sleep(DRAIN_S)
    return got


class Search:
    """The highest rate with next to no loss. A rate counts when one of two trials holds it: others' work disturbs the one
    or the other, and no disturbance makes a path faster than it is."""

    def __init__(self, path, settings, size):
        self.path, self.settings, self.size, self.best = path, settings, size, 0

    def holds(self, pps):
        for _ in range(2):
            trial = udp(self.path, self.size, int(pps), self.settings.trial_s)
            if trial["loss"] < LOSS_MAX and trial["lag_s"] < LAG_S_MAX:
                self.best = max(self.best, trial["pps"])
                if trial["sent_pps"] >= OFFERED_MIN * pps:
                    return True
            else:
                time.sleep(DRAIN_S)
        return False

    def run(self, start, step, fineness):
        """From `start` in steps by the factor `step` to the last rate that holds, then halving what is between."""
        low, high = 0, 0
        rate = start
        while (not low or not high) and 100 < rate < RATE_MAX:
            if self.holds(rate):
                low, rate = rate, rate * step
            else:
                high, rate = rate, rate / step
        while high > low * fineness:
            middle = (low + high) / 2
            if self.holds(middle):
                low = middle
            else:
                high = middle
        return self.best


def lossfree(path, settings, size):
    """The highest rate that arrives whole, packets a second."""
    key = (path.name, size)
    search = Search(path, settings, size)
    if key in settings.starts:
        best = search.run(settings.starts[key], 1.1, 1.05)
    else:
        best = search.run(RATE_FIRST, 1.5, 1.06)
    settings.starts[key] = max(best, 1000)
    return {"pps": best}


def latency(path, settings, loaded):
    """Microseconds of a round trip, idle or beside a steady load that leaves every path room."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(listening(path, "round_trips", "echo", HOST_B, str(PORT_ECHO)))
        source = None
        if loaded:
            stack.enter_context(listening(path, "udp_sink", HOST_B, str(PORT_LOAD), "0"))
            source = path.spawn(path.program("lanA", "udp_source", HOST_B, str(PORT_LOAD), "1400", str(LOADED_PPS), "60", "0"))
            time.sleep(0.3)
        try:
            return path.run(path.program("lanA", "round_trips", "ask", HOST_B, str(PORT_ECHO), str(settings.pings), "1000"),
                            60)
        finally:
            if source:
                source.terminate()
                source.wait()
