import Columnar

/// A single event as it is kept online, where its bytes lie:
///
///     UInt32   bytes of the event, these included
///     Int64    event time, microseconds
///     UInt8    1: created follows; 2: sequence and ordinal follow
///     Int64    created
///     LEB128   sequence, ordinal
///     …        a bit a group of the layout, set where the event is counted in it, in whole bytes
///     …        of each of those in order: the value of its `by` column, and that of its column
///
/// Numbers are little-endian and unaligned.
struct TileEvent {
    static let headerLength = 13
    /// Far above any sensible event.
    static let maximumLength = 1 << 26
    static let hasCreated: UInt8 = 1
    static let hasOrder: UInt8 = 2

    let bytes: UnsafeRawBufferPointer

    /// The event that begins at `offset`; nil if none does, or it does not end within `bytes`.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard bytes.count - offset >= Self.headerLength else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        guard length >= Self.headerLength, length <= bytes.count - offset else { return nil }
        self.bytes = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
    }

    @inline(__always)
    var time: Int64 { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: Int64.self)) }

    @inline(__always)
    private var flags: UInt8 { bytes[12] }

    /// When it became known; Int64.min where it does not say.
    @inline(__always)
    var created: Int64 {
        guard flags & Self.hasCreated != 0, bytes.count >= Self.headerLength + 8 else { return .min }
        return Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: Self.headerLength, as: Int64.self))
    }

    /// Whether it may be counted at a time, by which it has happened.
    @inline(__always)
    func isAvailable(at time: Int64, _ availability: Availability) -> Bool { available(availability) <= time }

    /// From when on it counts.
    @inline(__always)
    func available(_ availability: Availability) -> Int64 {
        switch availability {
        case .event: time
        case .created: max(time, created)
        case .delayed(let delay): time.clampedAdding(delay.microseconds)
        }
    }

    /// Adds the event to the states of the groups that it is counted in.
    ///
    /// - Parameters:
    ///   - states: one a group of the layout.
    ///   - isWanted: for each group whether it is; others are passed over.
    /// - Throws: `SketchError` if the bytes are no event of the layout.
    @inline(__always)
    func add(
        to states: UnsafeMutableBufferPointer<AggregateState>, _ scalars: [TileScalars], wanted isWanted: [Bool]
    ) throws(SketchError) {
        var reader = PackedReader(bytes)
        _ = try reader.take(Self.headerLength)
        var place = EventPlace(time: time)
        if flags & Self.hasCreated != 0 { place.created = Int64(bitPattern: try reader.readLongWord()) }
        if flags & Self.hasOrder != 0 {
            place.sequence = try reader.readSigned()
            place.ordinal = try reader.readSigned()
        }
        let bits = try reader.take((scalars.count + 7) / 8)
        for group in scalars.indices where bits[group >> 3] >> UInt8(group & 7) & 1 == 1 {
            let key = try scalars[group].key.map { layout throws(SketchError) in
                try reader.readScalar(layout, Self.maximumLength)
            }
            let value = try scalars[group].value.map { layout throws(SketchError) in
                try reader.readScalar(layout, Self.maximumLength)
            }
            if isWanted[group] { states[group].add(value, by: key, at: place) }
        }
    }
}

/// How the values of an event are read for one group.
struct TileScalars: Sendable {
    /// Nil where events are not taken apart.
    let key: AccumulatorLayout?
    /// Nil where events themselves are counted.
    let value: AccumulatorLayout?

    init(_ group: TileLayout.Group) {
        key = group.by.map { AccumulatorLayout(of: $0.type, parts: AccumulatorParts()) }
        value = group.column.map { AccumulatorLayout(of: $0.type, parts: AccumulatorParts()) }
    }
}
