/// A place in a `SlotTable`: which slot, and the how-manieth tenant of it. Numbers of freed places stay invalid.
struct SlotID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    fileprivate init(index: Int, generation: UInt32) {
        rawValue = UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    var index: Int { Int(rawValue & 0xFFFF_FFFF) }
    fileprivate var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) }
}

/// Records in one array, named by numbers: no hashing, no allocation per record, stale names are noticed.
struct SlotTable<Record: Sendable>: Sendable {
    private struct Slot: Sendable {
        var generation: UInt32
        var record: Record?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    /// How many records live.
    var count: Int { slots.count - free.count }

    mutating func insert(_ record: consuming Record) -> SlotID {
        if let index = free.popLast() {
            slots[Int(index)].record = record
            return SlotID(index: Int(index), generation: slots[Int(index)].generation)
        }
        slots.append(Slot(generation: 1, record: record))
        return SlotID(index: slots.count - 1, generation: 1)
    }

    func contains(_ id: SlotID) -> Bool {
        id.index < slots.count && slots[id.index].generation == id.generation && slots[id.index].record != nil
    }

    /// - Precondition: `contains(id)`; names from outside are checked first.
    ///
    /// Inlined: as a call, `_modify` allocates the frame it is suspended in.
    subscript(id: SlotID) -> Record {
        @inline(__always)
        _read {
            guard let record = slots[id.index].record else { preconditionFailure("slot \(id.rawValue) is free") }
            yield record
        }
        @inline(__always)
        _modify {
            precondition(slots[id.index].record != nil, "slot \(id.rawValue) is free")
            yield &slots[id.index].record!
        }
    }

    /// Changes a record in place where the compiler would call the modify accessor.
    @inline(__always)
    mutating func change(_ id: SlotID, _ body: (inout Record) -> Void) {
        precondition(slots[id.index].record != nil, "slot \(id.rawValue) is free")
        body(&slots[id.index].record!)
    }

    mutating func remove(_ id: SlotID) {
        slots[id.index].record = nil
        // The top bit of a slot's name stays free, and 0 is no generation.
        slots[id.index].generation = slots[id.index].generation % 0x7FFF_FFFF + 1
        free.append(UInt32(id.index))
    }
}
