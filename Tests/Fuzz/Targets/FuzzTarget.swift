import Glibc
import Octets

/// One property of the code, asked for any octets: it traps when the property does not hold.
struct FuzzTarget: Sendable {
    /// As `FUZZ_TARGET` names it.
    let name: String
    /// Inputs to begin with.
    let seeds: [[UInt8]]
    let check: @Sendable ([UInt8]) -> Void

    init(_ name: String, seeds: [[UInt8]] = [], _ check: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.seeds = seeds
        self.check = check
    }

    /// - Parameter families: a text for each family, in the order in which the first octet of an input numbers them.
    init(_ name: String, families: [String], _ check: @escaping @Sendable ([UInt8]) -> Void) {
        let seeds = families.enumerated().map { [UInt8(truncatingIfNeeded: $0.offset)] + Array($0.element.utf8) }
        self.init(name, seeds: seeds, check)
    }

    static let all: [FuzzTarget] = sipTargets + bodyTargets + digestTargets + diameterTargets + statefulTargets

    /// What the environment asks for. One process fuzzes one target: libFuzzer's coverage belongs to the process.
    static let chosen = getenv("FUZZ_TARGET").flatMap { wish in
        let name = String(cString: wish)
        return all.first { $0.name == name }
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// What libFuzzer calls with each input. Pointers, because that is its interface.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen?.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// The package manager gives a program's `main` the name of its module.
@_cdecl("fuzz_main")
func main(
    _ argumentCount: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var argumentCount = argumentCount
    var arguments = arguments
    guard let target = FuzzTarget.chosen else {
        print("FUZZ_TARGET must be one of:")
        for target in FuzzTarget.all { print(target.name) }
        return 64
    }
    if let folder = getenv("FUZZ_SEEDS") { writeSeeds(of: target, into: String(cString: folder)) }
    return runDriver(&argumentCount, &arguments, testOneInput)
}

private func writeSeeds(of target: FuzzTarget, into folder: String) {
    for (number, seed) in target.seeds.enumerated() {
        guard let file = fopen("\(folder)/seed-\(number)", "w") else { continue }
        fwrite(seed, 1, seed.count, file)
        fclose(file)
    }
}

/// Traps with a sentence when a property does not hold.
func check(_ holds: Bool, _ sentence: @autoclosure () -> String) {
    if !holds { fatalError("property broken: \(sentence())") }
}

/// Parsing, writing and parsing again comes to the same text: `write(parse(write(parse(x)))) == write(parse(x))`.
/// Nil from `rewrite` means that the text is refused, which the first time is nobody's fault.
func checkFixedPoint(_ name: String, _ text: [UInt8], _ rewrite: ([UInt8]) -> [UInt8]?) {
    guard let written = rewrite(text) else { return }
    guard let again = rewrite(written) else {
        return check(false, "\(name) refuses what it wrote itself: \(OctetSlice(written).string)")
    }
    check(
        again == written,
        "\(name) reads what it wrote as something else: \(OctetSlice(written).string) | \(OctetSlice(again).string)")
}

/// However a stream is cut into reads, the same messages come out of it. The first octet says how long the reads are.
func checkFraming<Framer>(
    _ octets: [UInt8], _ framer: Framer, _ read: (inout Framer, [UInt8], inout [[UInt8]]) throws -> Void
) {
    guard let first = octets.first else { return }
    let stream = Array(octets.dropFirst())
    func messages(cutAt length: Int) -> (messages: [[UInt8]], isRefused: Bool) {
        var framer = framer
        var messages: [[UInt8]] = []
        var position = 0
        do {
            while position < stream.count {
                let end = min(stream.count, position + length)
                try read(&framer, Array(stream[position..<end]), &messages)
                position = end
            }
            return (messages, false)
        } catch {
            return (messages, true)
        }
    }
    let whole = messages(cutAt: max(1, stream.count))
    let cut = messages(cutAt: max(1, Int(first)))
    check(cut.messages == whole.messages && cut.isRefused == whole.isRefused, "messages depend on how the reads fall")
}

/// Octets as a program: a stateful target takes its next steps from them.
struct Program {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isOver: Bool { position >= octets.count }

    /// The next octet; 0 when the program is over.
    mutating func next() -> UInt8 {
        guard position < octets.count else { return 0 }
        defer { position += 1 }
        return octets[position]
    }

    /// A number below `limit`.
    mutating func below(_ limit: Int) -> Int { Int(next()) % limit }

    /// The next `count` octets, or as many as there are.
    mutating func run(_ count: Int) -> [UInt8] {
        let end = min(octets.count, position + count)
        defer { position = end }
        return Array(octets[position..<end])
    }
}
