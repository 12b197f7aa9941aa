import Columnar

/// Strings or bytes: how long they are, how many are different, and the most frequent.
struct TextSummary: Hashable, Sendable {
    var count: Int64 = 0
    var empty: Int64 = 0
    /// Of strings in Unicode scalars, of bytes in bytes.
    var lengthEnds = Ends()
    var totalLength: Int64 = 0
    var frequencies = ValueFrequencies<TextItem>()
}

extension TextSummary: CountedSummary {
    var values: FeatureSummary.Values { .texts(self) }

    mutating func merge(_ other: TextSummary) {
        count += other.count
        empty += other.empty
        lengthEnds.merge(other.lengthEnds)
        totalLength += other.totalLength
        frequencies.merge(other.frequencies)
    }

    func write(to writer: inout SketchWriter) {
        writer.write(UInt64(count))
        writer.write(UInt64(empty))
        writer.write(UInt64(totalLength))
        lengthEnds.write(to: &writer)
        frequencies.write(to: &writer)
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        count = try reader.readCount()
        empty = try reader.readCount(atMost: count)
        totalLength = try reader.readCount()
        lengthEnds = try Ends(reading: &reader)
        frequencies = try ValueFrequencies(reading: &reader)
    }
}

/// A text as it is kept among the frequent ones: a long one by its beginning and its hash.
struct TextItem: Hashable, Sendable {
    /// The text, or its first `keptLength` bytes.
    let beginning: [UInt8]
    /// Of a text that is longer; else nil.
    private let longHash: UInt64?

    static let keptLength = 64

    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, hash: bytes.count > Self.keptLength ? StableHash.bytes(bytes) : 0)
    }

    /// - Parameter hash: `StableHash.bytes` of the bytes.
    init(_ bytes: UnsafeRawBufferPointer, hash: UInt64) {
        beginning = Array(bytes.prefix(Self.keptLength))
        longHash = bytes.count > Self.keptLength ? hash : nil
    }

    /// Whether `beginning` is not all of it.
    var isCut: Bool { longHash != nil }
}

extension TextItem: HeavyHitter, StablyHashed {
    static func < (a: TextItem, b: TextItem) -> Bool {
        if a.beginning != b.beginning { return a.beginning.lexicographicallyPrecedes(b.beginning) }
        return (a.longHash ?? 0) < (b.longHash ?? 0)
    }

    var stableHash: UInt64 { longHash ?? beginning.withUnsafeBytes { StableHash.bytes($0) } }

    func write(to writer: inout SketchWriter) {
        writer.write(byte: isCut ? 1 : 0)
        writer.write(beginning)
        if let longHash { writer.write(longWord: longHash) }
    }

    init(reading reader: inout SketchReader) throws(SketchError) {
        let isCut = try reader.readByte() == 1
        beginning = Array(try reader.readRun(atMost: Self.keptLength))
        longHash = isCut ? try reader.readLongWord() : nil
    }
}
