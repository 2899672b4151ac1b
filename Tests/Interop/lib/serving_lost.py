"""serving_lost.py DOMAIN K OPC FIRST-IMSI PAIRS KILL PATIENCE: PAIRS phones and as many others at the P-CSCF of 127.0.0.1:5060.
KILL, a command, kills their S-CSCF with signal 9 and does what follows it. Then each of the first calls one of the others, the
first request of the one and the first for the other since then, and none registers again. The first call may take PATIENCE
seconds, as long as it takes to find out that an S-CSCF is lost; the others take what calls take. Calls that stood before are
ended afterwards when KEPT is a seventh argument."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from calling_phone import CallingPhone
from milenage import SIM

domain, k, opc, first, pairs, kill = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6]
patience = float(sys.argv[7])
are_kept = len(sys.argv) > 8


def phone(number):
    return CallingPhone(SIM(k, opc), f"{first + number:015d}", domain, ("127.0.0.1", 5060))


def register(one):
    """A machine that is busy may ask to come back (503)."""
    for _ in range(20):
        status = one.register()
        if status == 200:
            break
        time.sleep(1)
    return status


def demand(what, results, good=200):
    well = sum(result == good for result in results)
    print(f"{what}: {well} of {len(results)}", flush=True)
    if well < len(results):
        sys.exit(f"failed: {what}: {results}")


with ThreadPoolExecutor(4) as workers:
    callers = [phone(2 * number) for number in range(pairs)]
    callees = [phone(2 * number + 1) for number in range(pairs)]
    demand("registered", list(workers.map(register, callers + callees)))
    registers = [one.sequence for one in callers + callees]
    standing = [callers[0].invite(callees[0].impu)] if are_kept else []
    demand("calls before", [status for status, _ in standing])
    time.sleep(0.5)
    subprocess.run(kill, shell=True, check=True)
    begin = time.monotonic()
    status, _ = callers[0].invite(callees[0].impu)
    took = time.monotonic() - begin
    demand(f"the first call, after {took:.1f} s", [status])
    if took > patience:
        sys.exit(f"failed: that is more than {patience} s")

    def call(pair):
        begin = time.monotonic()
        status, _ = pair[0].invite(pair[1].impu)
        return status, time.monotonic() - begin

    calls = list(workers.map(call, list(zip(callers, callees))[1:]))
    demand(f"the first calls of the others, the slowest after {max(span for _, span in calls):.1f} s",
           [status for status, _ in calls])
    back = list(workers.map(call, zip(callees, callers)))
    demand("calls back", [status for status, _ in back])
    for status, dialog in standing:
        demand("the end of the call that stood before", [callers[0].within(dialog, "BYE")])
if registers != [one.sequence for one in callers + callees]:
    sys.exit("failed: somebody has registered again")
