"""rf_cdf.py PORT FILE: python-diameter as Charging Data Function: takes every ACR and writes what it says to FILE.

A line for each: type, number, Session-Id, whether it may be a copy (T flag), node, role, method, Call-ID, ICID, cause.
"""

import sys
import threading

from diameter.node import Node
from diameter.node.application import SimpleThreadingApplication

port, path = int(sys.argv[1]), sys.argv[2]
REALM = "ims.mnc001.mcc001.3gppnetwork.org"
lock = threading.Lock()


def serve(app, request):
    # Service-Information and IMS-Information; the library's ACR does not name them.
    def told(*path):
        found = request.find_avps((873, 10415), (876, 10415), *[(code, 10415) for code in path])
        return found[0].value if found else None

    with lock, open(path, "a", encoding="utf-8") as file:
        print(request.accounting_record_type, request.accounting_record_number, request.session_id,
              "copy" if request.header.is_retransmit else "first", told(862), told(829), told(823, 824), told(830),
              told(841), told(861), file=file, flush=True)
    answer = request.to_answer()
    answer.session_id = request.session_id
    answer.origin_host = f"cdf.{REALM}".encode()
    answer.origin_realm = REALM.encode()
    answer.result_code = 2001
    answer.accounting_record_type = request.accounting_record_type
    answer.accounting_record_number = request.accounting_record_number
    answer.acct_application_id = 3
    return answer


node = Node(f"cdf.{REALM}", REALM, ip_addresses=["127.0.0.1"], tcp_port=port, vendor_ids=[10415])
node.wakeup_interval = 1
peers = [node.add_peer(f"aaa://{name}.{REALM}:3868;transport=tcp", REALM) for name in ("pcscf", "scscf")]
app = SimpleThreadingApplication(3, is_acct_application=True, request_handler=serve)
node.add_application(app, peers)
node.start()
print("up", flush=True)
threading.Event().wait()
