/// What is kept of one key of a view with aggregates, where it lies: single events, and what sums up those that left.
///
///     0   UInt8    format (2)
///     1   UInt8    1: there are chunks of tiles; 2: there is a base
///     2   UInt16   the layout's number
///     4   Int64    the boundary: events of before it are in the base, or gone; Int64.min for none
///     12  Int64    the horizon: what is asked before this time cannot be told; Int64.min for any
///     20  Int64    the time of the last event that left; Int64.min for none
///     28  UInt32   single events
///     32  LEB128   bytes of the base, where there is one, and it: a tile of all events before the boundary
///     …   single events, in the order of their times (`TileEvent`)
///
/// Numbers are little-endian and unaligned. The bytes come from a file that anything may have written: they are checked to
/// hold a header, and events as they are walked through.
struct KeyState {
    static let format: UInt8 = 2
    static let headerLength = 32
    static let hasChunks: UInt8 = 1
    static let hasBase: UInt8 = 2

    let bytes: UnsafeRawBufferPointer
    /// Empty where there is none.
    let base: UnsafeRawBufferPointer
    /// Where single events begin.
    let eventsStart: Int

    /// Nil if the bytes are none of this format.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerLength, bytes[0] == Self.format else { return nil }
        self.bytes = bytes
        guard bytes[1] & Self.hasBase != 0 else {
            base = UnsafeRawBufferPointer(start: nil, count: 0)
            eventsStart = Self.headerLength
            return
        }
        var reader = PackedReader(UnsafeRawBufferPointer(rebasing: bytes[Self.headerLength...]))
        guard let run = try? reader.readRun(atMost: bytes.count) else { return nil }
        base = run
        eventsStart = Self.headerLength + reader.position
    }

    var hasChunks: Bool { bytes[1] & Self.hasChunks != 0 }
    var layoutNumber: UInt16 { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)) }
    var boundary: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: Int64.self)) }
    var horizon: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: Int64.self)) }
    var lastTime: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 20, as: Int64.self)) }
    var eventCount: Int { Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 28, as: UInt32.self))) }
}

/// What stands before a key's single events.
struct KeyHeader: Hashable {
    var hasChunks = false
    var layoutNumber: UInt16
    var boundary = Int64.min
    var horizon = Int64.min
    var lastTime = Int64.min
    /// Empty for none.
    var base: [UInt8] = []

    init(layoutNumber: UInt16) { self.layoutNumber = layoutNumber }

    init(_ state: KeyState) {
        hasChunks = state.hasChunks
        layoutNumber = state.layoutNumber
        boundary = state.boundary
        horizon = state.horizon
        lastTime = state.lastTime
        base = Array(state.base)
    }

    /// The header's bytes, with the base.
    func encoded(eventCount: Int) -> [UInt8] {
        var writer = SketchWriter()
        writer.write(byte: KeyState.format)
        writer.write(byte: (hasChunks ? KeyState.hasChunks : 0) | (base.isEmpty ? 0 : KeyState.hasBase))
        writer.write(byte: UInt8(truncatingIfNeeded: layoutNumber))
        writer.write(byte: UInt8(truncatingIfNeeded: layoutNumber >> 8))
        for time in [boundary, horizon, lastTime] { writer.write(longWord: UInt64(bitPattern: time)) }
        writer.write(word: UInt32(truncatingIfNeeded: eventCount))
        if !base.isEmpty { writer.write(base) }
        return writer.bytes
    }
}
