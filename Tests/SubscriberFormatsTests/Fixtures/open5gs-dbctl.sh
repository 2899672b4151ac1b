#!/bin/sh
# three ways to say it
open5gs-dbctl add 001010000000001 465b5ce8b199b49faa5f0a2ee238a6bc cd63cb71954a9f4e48a5994e37a02baf
open5gs-dbctl add 001010000000002 10.45.0.2 0396eb317b6d1c36f19c1c84cd6ffd16 53c15671c60a4b731c55b4a441c0bde2
./open5gs-dbctl --db_uri=mongodb://localhost/open5gs add_ue_with_apn 001010000000003 465b5ce8b199b49faa5f0a2ee238a6bc cd63cb71954a9f4e48a5994e37a02baf internet
open5gs-dbctl remove 001010000000001
open5gs-dbctl ambr_speed 001010000000001 1 3 1 3
open5gs-dbctl add 001010000000004 465b5ce8b199b49faa5f0a2ee238a6bc
open5gs-dbctl frobnicate
