import Foundation

/// Reads byte arrays whose lengths come first, as differences, and then all bytes (Encodings.md,
/// DELTA_LENGTH_BYTE_ARRAY).
enum DeltaLengthByteArray {
    /// Appends `count` arrays to `values`, and writes their lengths to `lengths`.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, count: Int, to values: MutableBuffer, lengths: UnsafeMutablePointer<Int64>
    ) throws(DataError) {
        var deltas = try DeltaBinaryPacked(bytes)
        guard deltas.count == count else { throw DataError.byteArraysAreDamaged }
        try deltas.decode(to: lengths)
        let data = UnsafeRawBufferPointer(rebasing: bytes[deltas.position...])
        var total: Int64 = 0
        for i in 0..<count {
            guard lengths[i] >= 0, lengths[i] <= Int64(data.count) - total else { throw DataError.byteArraysAreDamaged }
            total += lengths[i]
        }
        values.append(contentsOf: UnsafeRawBufferPointer(rebasing: data[..<Int(total)]))
    }
}

/// Reads byte arrays that share beginnings with their predecessors (Encodings.md, DELTA_BYTE_ARRAY).
enum DeltaByteArray {
    /// Appends `count` arrays to `values`, and writes their lengths to `lengths`.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, count: Int, to values: MutableBuffer, lengths: UnsafeMutablePointer<Int64>
    ) throws(DataError) {
        var deltas = try DeltaBinaryPacked(bytes)
        guard deltas.count == count else { throw DataError.byteArraysAreDamaged }
        let prefixes = MutableBuffer(uninitialized: count * 8)
        try deltas.decode(to: prefixes.base.assumingMemoryBound(to: Int64.self))
        let suffixes = MutableBuffer()
        try DeltaLengthByteArray.decode(
            UnsafeRawBufferPointer(rebasing: bytes[deltas.position...]), count: count, to: suffixes, lengths: lengths)

        // What a value takes from its predecessor can make much of little, so the sum is known before memory is asked for.
        let prefixLengths = prefixes.base.assumingMemoryBound(to: Int64.self)
        var previous: Int64 = 0
        var total: Int64 = 0
        for i in 0..<count {
            guard prefixLengths[i] >= 0, prefixLengths[i] <= previous else { throw DataError.byteArraysAreDamaged }
            previous = prefixLengths[i] + lengths[i]
            total += previous
        }
        try MemoryLimit.check(Int(total))
        values.reserve(Int(total))

        var position = values.count
        var suffix = 0
        var previousStart = position
        values.resize(to: position + Int(total))
        for i in 0..<count {
            let prefix = Int(prefixLengths[i])
            let rest = Int(lengths[i])
            memcpy(values.base + position, values.base + previousStart, prefix)
            memcpy(values.base + position + prefix, suffixes.base + suffix, rest)
            previousStart = position
            position += prefix + rest
            suffix += rest
            lengths[i] = Int64(prefix + rest)
        }
        withExtendedLifetime(prefixes) {}
    }
}

extension DataError {
    static var byteArraysAreDamaged: DataError {
        DataError("has byte arrays of impossible lengths; it is damaged, write it again")
    }
}
