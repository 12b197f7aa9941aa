import Foundation

/// Decodes values of fixed width without nulls, from any encoding, into `Value`, the column's own layout.
///
/// Stored values may be wider: small integers are kept as INT32, and times as INT96.
struct FixedWidthDecoder<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable> {
    private let physical: PhysicalType
    /// Bytes of a stored value.
    let storedWidth: Int
    /// The chunk's distinct values, in the column's own layout.
    private let dictionary: Column?

    init(_ column: ParquetColumn, dictionary: Column?) {
        physical = column.physical
        storedWidth = physical.byteWidth ?? column.typeLength
        self.dictionary = dictionary
    }

    /// Whether PLAIN values can be used as they are.
    var isStoredAsIs: Bool { storedWidth == MemoryLayout<Value>.size }

    /// - Precondition: `output` has room for `count` values.
    func decode(_ page: DataPage, count: Int, to output: UnsafeMutablePointer<Value>) throws(DataError) {
        switch page.encoding {
        case .plain:
            try check(page.values, count: count)
            try copyPlain(page.values, count: count, to: output)
        case .dictionary, .plainDictionary: try decodeDictionary(page.values, count: count, to: output)
        case .deltaBinaryPacked where physical == .int32 || physical == .int64:
            var deltas = try DeltaBinaryPacked(page.values)
            guard deltas.count == count else { throw isCutOff }
            try deltas.decode(to: output)
        case .byteStreamSplit where physical != .int96:
            try check(page.values, count: count)
            joinByteStreams(page.values, count: count, to: output)
        default: throw DataError("has the encoding \(page.encoding.name), which its type cannot have; it is damaged")
        }
    }

    /// - Throws: if `bytes` hold less than `count` stored values.
    func check(_ bytes: UnsafeRawBufferPointer, count: Int) throws(DataError) {
        guard count <= bytes.count / storedWidth else { throw isCutOff }
    }

    private func decodeDictionary(
        _ bytes: UnsafeRawBufferPointer, count: Int, to output: UnsafeMutablePointer<Value>
    ) throws(DataError) {
        guard let dictionary else { throw DataError.dictionaryIsMissing }
        guard dictionary.count > 0 || count == 0 else { throw isCutOff }
        let values = dictionary.values.base.assumingMemoryBound(to: Value.self)
        var output = output
        var indexes = try DictionaryIndexes(bytes, count: count, dictionaryCount: dictionary.count)
        try indexes.forEach(
            repeated: { (index, count) in
                output.update(repeating: values[index], count: count)
                output += count
            },
            batch: { batch in
                for i in 0..<batch.count { output[i] = values[Int(batch[i])] }
                output += batch.count
            })
        withExtendedLifetime(dictionary) {}
    }

    private func copyPlain(
        _ bytes: UnsafeRawBufferPointer, count: Int, to output: UnsafeMutablePointer<Value>
    ) throws(DataError) {
        guard let base = bytes.baseAddress, count > 0 else { return }
        if isStoredAsIs {
            memcpy(output, base, count * storedWidth)
        } else if physical == .int96 {
            for i in 0..<count {
                guard let time = Int96.microseconds(base + i * 12) else { throw Self.isFinerThanMicroseconds }
                output[i] = Value(truncatingIfNeeded: time)
            }
        } else {
            for i in 0..<count {
                output[i] = Value(truncatingIfNeeded: base.loadUnaligned(fromByteOffset: i * 4, as: UInt32.self))
            }
        }
    }

    /// All first bytes come first, then all second ones, and so on (Encodings.md, BYTE_STREAM_SPLIT).
    private func joinByteStreams(_ bytes: UnsafeRawBufferPointer, count: Int, to output: UnsafeMutablePointer<Value>) {
        guard let base = bytes.baseAddress, count > 0 else { return }
        let streamLength = bytes.count / storedWidth
        // Blocks that stay in the fastest cache, so that a pass for each byte costs no memory traffic.
        for start in stride(from: 0, to: count, by: 1024) {
            let size = min(1024, count - start)
            for byte in 0..<min(storedWidth, MemoryLayout<Value>.size) {
                let stream = (base + byte * streamLength + start).assumingMemoryBound(to: UInt8.self)
                let target = output + start
                let shift = Value(truncatingIfNeeded: byte * 8)
                if byte == 0 {
                    for i in 0..<size { target[i] = Value(truncatingIfNeeded: stream[i]) }
                } else {
                    for i in 0..<size { target[i] |= Value(truncatingIfNeeded: stream[i]) &<< shift }
                }
            }
        }
    }

    private static var isFinerThanMicroseconds: DataError {
        DataError(
            "has INT96 times that are not in whole microseconds, or out of range; write them as TIMESTAMP in nanoseconds"
        )
    }

    private var isCutOff: DataError { DataError("has a page with too few values; it is damaged, write it again") }
}

/// The time format of older writers: nanoseconds of the day in 8 bytes, then the Julian day in 4.
private enum Int96 {
    private static let julianDayOf1970: Int64 = 2_440_588
    private static let microsecondsOfDay: Int64 = 86_400_000_000

    /// Microseconds since 1970; nil if they are no whole number, or too many.
    @inline(__always)
    static func microseconds(_ base: UnsafeRawPointer) -> Int64? {
        let nanoseconds = base.loadUnaligned(as: Int64.self)
        let day = Int64(base.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let (micros, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
        let days = day.multipliedReportingOverflow(by: microsecondsOfDay)
        let sum = days.partialValue.addingReportingOverflow(micros)
        guard rest == 0, !days.overflow, !sum.overflow else { return nil }
        // Spark lets its last 6,680 years wrap around when it writes them, and back when it reads them.
        return sum.partialValue &- julianDayOf1970 * microsecondsOfDay
    }
}
