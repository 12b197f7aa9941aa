import Columnar

/// Reads a service's features by key as the vectors of a fitted state: the kernel that encodes training sets, on values
/// where they lie in the map.
public final class EncodedReader: Sendable {
    public let state: EncoderState
    public let reader: ServiceReader
    private let encoder: VectorEncoder

    /// - Precondition: the reader's features are the state's, in its order.
    init(_ state: EncoderState, reader: ServiceReader) {
        precondition(reader.service.features.count == state.features.count)
        self.state = state
        self.reader = reader
        encoder = VectorEncoder(state)
    }

    /// Numbers of a vector.
    public var width: Int { encoder.width }

    /// Reads each entity's vector; all are of one commit. What is unknown or too old is missing, as a null is.
    ///
    /// - Parameters:
    ///   - keys: a column a join key, in the order of `reader.joinKeys`.
    ///   - target: room for `width` floats an entity.
    /// - Throws: `OnlineError` if a stored row is damaged.
    public func readVectors(
        _ keys: [Column], at now: Timestamp, into target: UnsafeMutableBufferPointer<Float>
    ) throws {
        precondition(target.count == (keys.first?.count ?? 0) * width)
        target.update(repeating: 0)
        guard let base = target.baseAddress else { return }
        try reader.withRows(keys, at: now) { rows in
            for entity in 0..<rows.count {
                var sink = DenseSink(target: base + entity * width)
                for feature in 0..<encoder.featureCount {
                    encoder.encode(
                        EncoderInput(try rows.value(feature, of: entity).value), feature: feature, into: &sink)
                }
            }
        }
    }
}

extension EncoderInput {
    @inline(__always)
    fileprivate init(_ value: ServedValue) {
        switch value {
        case .none: self = .missing
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .int(let number): self = .integer(number)
        case .float32(let number): self = .number(Double(number))
        case .float64(let number): self = .number(number)
        case .timestamp(let microseconds): self = .time(microseconds)
        case .string(let text): self = .text(text)
        case .bytes(let bytes): self = .text(bytes)
        case .vector(let elements): self = .vector(elements)
        }
    }
}
