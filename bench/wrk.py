"""wrk, where it is installed: for HTTP it costs its core less than a generator in Python."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from bench import cores
from bench.generator import Job, Load

WRK = shutil.which("wrk")

_SCRIPT = """\
local requests, count, place = {}, 0, 0
for line in io.lines("%s") do
  count = count + 1
  requests[count] = line:gsub("|", "\\r\\n")
end
request = function()
  place = place %% count + 1
  return requests[place]
end
done = function(summary, latency, _)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("\\n%%d %%d %%d %%d\\n", summary.requests, summary.duration, failed,
                         latency:percentile(50)))
end
"""


def generate(job: Job) -> Load:
    """Runs wrk on the load's core, going through the requests in turn."""
    assert WRK is not None
    with tempfile.TemporaryDirectory() as folder:
        requests = Path(folder) / "requests"
        requests.write_bytes(b"\n".join(request.replace(b"\r\n", b"|") for request in job.requests))
        script = Path(folder) / "rotate.lua"
        script.write_text(_SCRIPT % requests)
        command = [WRK, "-t1", f"-c{job.connections}", f"-d{job.seconds:.0f}s", "-s", str(script)]
        with cores.on(cores.LOAD):
            told = subprocess.run(
                [*command, f"http://127.0.0.1:{job.port}"], capture_output=True, text=True, check=True
            )
    replies, microseconds, failures, p50_us = map(int, told.stdout.split()[-4:])
    return Load(replies, microseconds / 1e6, failures, p50_us)
