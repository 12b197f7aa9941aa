/// The least and the greatest of some values, as numbers that order as the values do.
struct Ends: Hashable, Sendable {
    /// Nil of nothing.
    private(set) var range: ClosedRange<Int64>?

    init(_ range: ClosedRange<Int64>? = nil) { self.range = range }

    mutating func include(_ least: Int64, _ greatest: Int64) {
        range = min(range?.lowerBound ?? least, least)...max(range?.upperBound ?? greatest, greatest)
    }
}

extension Ends: Sketch {
    mutating func merge(_ other: Ends) {
        if let range = other.range { include(range.lowerBound, range.upperBound) }
    }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: range == nil ? 0 : 1)
        guard let range else { return }
        writer.write(signed: range.lowerBound)
        writer.write(longWord: UInt64(bitPattern: range.upperBound &- range.lowerBound))
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        guard try reader.readByte() == 1 else { return }
        let least = try reader.readSigned()
        let greatest = least &+ Int64(bitPattern: try reader.readLongWord())
        guard least <= greatest else { throw SketchError("its ends are out of order") }
        range = least...greatest
    }
}
