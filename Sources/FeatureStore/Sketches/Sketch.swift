/// A summary of many values in little memory, which can be merged with others of its kind, and kept as bytes.
///
/// Merging says what seeing all values at once would have said: of `ExactSum`, `DDSketch` and `HyperLogLog` bit for bit,
/// whatever the order and grouping; of `HeavyHitters` within the error that it states.
protocol Sketch: Sendable {
    /// Takes in what `other` has seen.
    mutating func merge(_ other: Self)

    func write(to writer: inout SketchWriter)

    /// - Throws: `SketchError` where the bytes are not such a sketch: they may come from a damaged file.
    init(reading reader: inout SketchReader) throws(SketchError)
}

extension Sketch {
    /// A version byte, then the sketch; the same bytes for the same state.
    func encoded() -> [UInt8] {
        var writer = SketchWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// - Throws: `SketchError` if the bytes are not exactly one such sketch.
    init(decoding bytes: [UInt8]) throws(SketchError) {
        var reader = SketchReader(bytes)
        try self.init(reading: &reader)
        guard reader.isAtEnd else { throw SketchError("bytes follow its end") }
    }
}

/// Bytes that are no sketch of the kind that was asked for.
struct SketchError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
