import Columnar
import Foundation

/// Reads a service's features by key as the vectors of a fitted state: the kernel that encodes training sets, on values
/// where they lie in the map. Made once, then used for any number of reads, from any thread.
public final class EncodedReader: Sendable {
    public let state: EncoderState
    /// Reads the same features as they are.
    public let reader: ServiceReader
    private let encoder: VectorEncoder
    private let views: [ViewPlan]
    /// Whether all features are stored, so that each row is encoded where it lies.
    private let isStored: Bool

    /// Which features of the state a view's rows have.
    private struct ViewPlan: Sendable {
        /// By the slots of its rows, the places in the state.
        let features: [Int]
    }

    /// - Precondition: the reader's features are the state's, in its order.
    init(_ state: EncoderState, reader: ServiceReader) {
        precondition(reader.service.features.count == state.features.count)
        self.state = state
        self.reader = reader
        encoder = VectorEncoder(state)
        views = reader.views.map { ViewPlan(features: $0.places) }
        isStored =
            reader.service.computation.steps.isEmpty && reader.service.views.allSatisfy { $0.aggregation == nil }
    }

    /// Numbers of a vector.
    public var width: Int { encoder.width }

    /// Reads each entity's vector; all are of one commit. What is unknown or too old is missing, as a null is.
    ///
    /// - Parameters:
    ///   - keys: a column an input, in the order of `reader.inputs`.
    ///   - target: room for `width` floats an entity.
    /// - Throws: `OnlineError` if a stored row is damaged.
    public func readVectors(
        _ keys: [Column], at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        precondition(target.count == reader.entityCount(keys) * width)
        guard isStored else { return try encodeServed(keys, now, target) }
        let encoded = reader.views.map { view in view.keys.encode(view.keyPlaces.map { keys[$0] }) }
        try withExtendedLifetime(encoded) {
            try read(count: keys[0].count, now, target) { selection, row, _ in encoded[selection].wholeBytes(at: row) }
        }
    }

    /// The same for keys that lie in a caller's memory; allocates nothing for a batch of some hundred keys.
    ///
    /// - Throws: `DataError` if a key does not fit its type, or there are fewer keys than rows; else as above.
    public func readVectors(
        _ keys: PlainKeys, at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        precondition(target.count == keys.count * width)
        guard isStored else { return try encodeServed(try reader.columns(of: keys), now, target) }
        try keys.withEncoding(of: reader.plainPlaces) { encoding in
            try read(count: keys.count, now, target) { selection, row, writer in
                try encoding.encode(row, reader.views[selection].plainPlaces, with: &writer)
            }
        }
    }

    /// Encodes rows where they lie.
    @inline(__always)
    private func read(
        count: Int, _ now: Timestamp, _ target: UnsafeMutableBufferPointer<Float>,
        key: (_ selection: Int, _ row: Int, _ writer: inout KeyWriter) throws -> UnsafeRawBufferPointer?
    ) throws {
        guard let start = target.baseAddress, count > 0 else { return }
        try reader.reader.visitRows(count: count, now: now, key: key) { selection, row, found in
            var sink = DenseSink(target: start + row * width)
            views[selection].features.withUnsafeBufferPointer { features in
                guard let (stored, projection) = found else {
                    for feature in features { encodeMissing(feature, &sink) }
                    return
                }
                projection.slots.withUnsafeBufferPointer { slots in
                    for (place, feature) in features.enumerated() {
                        clear(feature, sink)
                        encoder.encode(stored.cell(slots[place]), feature: feature, into: &sink)
                    }
                }
            }
        }
    }

    private func encodeMissing(_ feature: Int, _ sink: inout DenseSink) {
        clear(feature, sink)
        encoder.encode(EncodingCell(), feature: feature, into: &sink)
    }

    /// Zeros the slots of a feature that sets only some of them.
    @inline(__always)
    private func clear(_ feature: Int, _ sink: DenseSink) {
        let plan = encoder.features[feature]
        guard plan.setsSome else { return }
        memset(sink.target + plan.slots.lowerBound, 0, plan.slots.count * 4)
    }

    /// Encodes values that are computed as they are read.
    private func encodeServed(
        _ keys: [Column], _ now: Timestamp, _ target: UnsafeMutableBufferPointer<Float>
    ) throws {
        guard let start = target.baseAddress else { return }
        try reader.withRows(keys, at: now) { rows in
            for entity in 0..<rows.count {
                var sink = DenseSink(target: start + entity * width)
                for feature in encoder.features.indices {
                    clear(feature, sink)
                    encoder.encode(
                        EncodingCell(rows.value(feature, of: entity).value), feature: feature, into: &sink)
                }
            }
        }
    }

    /// Reads one vector's places and values of what is not 0, for each entity.
    ///
    /// - Throws: `OnlineError` if a stored row is damaged.
    public func readSparse(_ keys: [Column], at now: Timestamp) throws -> [(indices: [Int32], values: [Float])] {
        try reader.withRows(keys, at: now) { rows in
            (0..<rows.count).map { entity in
                var sink = SparseSink()
                for feature in encoder.features.indices {
                    encoder.encode(
                        EncodingCell(rows.value(feature, of: entity).value), feature: feature, into: &sink)
                }
                return (sink.indices, sink.values)
            }
        }
    }
}

extension StoredRow {
    /// A value where it lies; one that points outside of the row is missing.
    @inline(__always)
    fileprivate func cell(_ slot: RowProjection.Slot) -> EncodingCell {
        if isNull(slot) { return EncodingCell() }
        switch slot.type {
        case .bool: return EncodingCell(integer: load(slot, as: UInt8.self) != 0 ? 1 : 0)
        case .int32: return EncodingCell(integer: Int64(load(slot, as: Int32.self)))
        case .int64, .timestamp: return EncodingCell(integer: load(slot, as: Int64.self))
        case .float32: return EncodingCell(number: Double(load(slot, as: Float.self)))
        case .float64: return EncodingCell(number: load(slot, as: Double.self))
        case .vector(let count): return EncodingCell(bytes: vectorBytes(slot, count: count))
        case .string, .bytes: return variableBytes(slot).map { EncodingCell(bytes: $0) } ?? EncodingCell()
        }
    }
}

extension EncodingCell {
    /// A value as it is served.
    @inline(__always)
    init(_ value: ServedValue) {
        switch value {
        case .none: self.init()
        case .bool(let flag): self.init(integer: flag ? 1 : 0)
        case .int(let number), .timestamp(let number): self.init(integer: number)
        case .float32(let number): self.init(number: Double(number))
        case .float64(let number): self.init(number: number)
        case .string(let bytes), .bytes(let bytes), .vector(let bytes): self.init(bytes: bytes)
        }
    }
}
