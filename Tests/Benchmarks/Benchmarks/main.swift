// What the hot paths cost, and whether they keep their allocation budgets.
//
//   benchmarks [--json] [--check] [--only PART]
//
// --check ends with 1 when an operation allocates more often, or a thing takes more memory, than its budget allows. Time is never checked: it belongs
// to the machine. Run it in release; in debug the numbers say nothing.

import Glibc

var arguments = CommandLine.arguments.dropFirst()
let isJSON = arguments.contains("--json")
let isCheck = arguments.contains("--check")
var filter: String?
if let index = arguments.firstIndex(of: "--only") {
    guard index + 1 < arguments.endIndex else {
        print("benchmarks: --only needs a part of a name")
        exit(64)
    }
    filter = arguments[index + 1]
    arguments.removeSubrange(index...index + 1)
}
if let unknown = arguments.first(where: { $0 != "--json" && $0 != "--check" }) {
    print("benchmarks: \(unknown) is unknown; there are --json, --check and --only PART")
    exit(64)
}

var benchmark = Benchmark(filter: filter)
try measureSIP(&benchmark)
try measureForwarding(&benchmark)
try measureDiameter(&benchmark)
try measureAuthentication(&benchmark)
try measureRegistration(&benchmark)
try measureSecurity(&benchmark)
try measureCall(&benchmark)

if isJSON {
    print(Table.json(benchmark.measurements))
} else {
    Table.print(benchmark.measurements)
}
let over = benchmark.measurements.filter { !$0.isWithinBudget }
if isCheck, !over.isEmpty {
    for measurement in over { print("benchmarks: over budget: \(measurement.name)") }
    exit(1)
}
