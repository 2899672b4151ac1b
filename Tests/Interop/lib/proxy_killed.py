"""proxy_killed.py DOMAIN K OPC FIRST-IMSI COUNT KILL: COUNT phones at the P-CSCF of 127.0.0.1:5060, while KILL, a command,
kills it with signal 9 and starts it again. Rows F1 and F2 of the fault model: those who register are through within 10 s,
requests inside calls go on, phones are called without registering again."""

import subprocess
import sys
import threading
import time

from calling_phone import CallingPhone
from milenage import SIM

domain, k, opc, first, count, kill = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), sys.argv[6]


def phone(number, transport="udp"):
    return CallingPhone(SIM(k, opc), f"{first + number:015d}", domain, ("127.0.0.1", 5060), transport)


def all_at_once(work, items):
    """What `work` says of each, in order; each in a thread of its own."""
    results = [None] * len(items)

    def run(index):
        results[index] = work(items[index])

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(items))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def restart():
    begin = time.monotonic()
    subprocess.run(kill, shell=True, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def demand(what, results, share=1.0, good=200):
    well = sum(result == good for result in results)
    print(f"{what}: {well} of {len(results)}")
    if well < len(results) * share:
        sys.exit(f"failed: {what}: {results}")


callers = [phone(number) for number in range(count)]
callees = [phone(count + number) for number in range(count)]
wire = phone(2 * count, "tcp")
late = [phone(2 * count + 1 + number) for number in range(count)]

# F2: calls stand when the P-CSCF dies.
demand("registered", all_at_once(lambda one: one.register(), callers + callees + [wire]))
calls = all_at_once(lambda pair: pair[0].invite(pair[1].impu), list(zip(callers, callees)))
demand("calls", [status for status, _ in calls])
away = restart()
print(f"killed, and there again in {away:.1f} s")
# Each side once: a refresh by the caller, the end by the callee.
refreshed = all_at_once(lambda pair: pair[0].within(pair[1][1], "UPDATE"), list(zip(callers, calls)))
demand("F2: refreshes by the caller after the restart", refreshed, 0.99)
ended = all_at_once(lambda one: [one.within(dialog, "BYE") for dialog in list(one.dialogs.values())], callees)
demand("F2: ends by the callee", [status for of_one in ended for status in of_one], 0.99)
if sum(len(of_one) for of_one in ended) != count:
    sys.exit(f"failed: the callees knew {ended}, not {count} calls")
again = all_at_once(lambda pair: pair[0].invite(pair[1].impu), list(zip(callees, callers)))
demand("F2: calls without registering again", [status for status, _ in again])

# A connection of before is gone, whatever the flow token says: an answer at once, and a REGISTER heals it.
begin = time.monotonic()
status, _ = callers[0].invite(wire.impu)
if status not in (430, 480) or time.monotonic() - begin > 5:
    sys.exit(f"failed: a call to a connection that is gone: {status} after {time.monotonic() - begin:.1f} s")
wire.open()
demand("registered by a new connection", [wire.register()])
demand("called over it", [callers[0].invite(wire.impu)[0]])

# F1: registrations are under way when it dies.
done = {}


def register(one):
    time.sleep(2 * late.index(one) / count)
    while True:
        status = one.register(seconds=10)
        done[one] = time.monotonic()
        if status == 200:
            return 200


def kill_meanwhile():
    restart()
    done["killed"] = time.monotonic()


killer = threading.Timer(0.7, kill_meanwhile)
begin = time.monotonic()
killer.start()
demand("F1: registered although it was killed meanwhile", all_at_once(register, late))
killer.join()
last = max(moment for one, moment in done.items() if one != "killed") - begin
print(f"F1: the last one {last:.1f} s after the first began")
if last > 10:
    sys.exit("failed: that is more than 10 s")
before = sum(moment < done["killed"] for one, moment in done.items() if one != "killed")
if before == count:
    sys.exit("failed: all had registered before the P-CSCF was there again: nothing was tried")
