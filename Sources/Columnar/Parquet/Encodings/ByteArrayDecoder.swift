import Foundation

/// Decodes byte arrays without nulls, from any encoding: their bytes one behind the other, and their lengths.
struct ByteArrayDecoder {
    /// The chunk's distinct values; 8 bytes can be read behind the last of them.
    let dictionary: Column?

    /// Appends `count` arrays to `values`, and writes their lengths to `lengths`.
    func decode(
        _ page: DataPage, count: Int, to values: MutableBuffer, lengths: UnsafeMutablePointer<Int64>
    ) throws(DataError) {
        switch page.encoding {
        case .plain: try Self.decodePlain(page.values, count: count, to: values, lengths: lengths)
        case .dictionary, .plainDictionary:
            try decodeDictionary(page.values, count: count, to: values, lengths: lengths)
        case .deltaLengthByteArray:
            try DeltaLengthByteArray.decode(page.values, count: count, to: values, lengths: lengths)
        case .deltaByteArray: try DeltaByteArray.decode(page.values, count: count, to: values, lengths: lengths)
        default: throw DataError("has the encoding \(page.encoding.name), which its type cannot have; it is damaged")
        }
    }

    /// A length in 4 bytes in front of each array (Encodings.md, Plain).
    private static func decodePlain(
        _ bytes: UnsafeRawBufferPointer, count: Int, to values: MutableBuffer, lengths: UnsafeMutablePointer<Int64>
    ) throws(DataError) {
        guard count > 0 else { return }
        guard count <= bytes.count / 4, let source = bytes.baseAddress else { throw DataError.byteArraysAreDamaged }
        values.reserve(bytes.count - count * 4)
        let start = values.count
        var target = values.base + start
        var position = 0
        for i in 0..<count {
            guard position <= bytes.count - 4 else { throw DataError.byteArraysAreDamaged }
            let length = Int(source.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            position += 4
            // The lengths that are to come are left out, so what was reserved is enough for any bytes.
            guard length <= bytes.count - position - (count - i - 1) * 4 else { throw DataError.byteArraysAreDamaged }
            copy(source + position, length, to: target)
            position += length
            target += length
            lengths[i] = Int64(length)
        }
        values.resize(to: start + (target - (values.base + start)))
    }

    private func decodeDictionary(
        _ bytes: UnsafeRawBufferPointer, count: Int, to values: MutableBuffer, lengths: UnsafeMutablePointer<Int64>
    ) throws(DataError) {
        guard let dictionary, let offsets = dictionary.offsetElements.baseAddress else {
            throw DataError.dictionaryIsMissing
        }
        let source = dictionary.values.base
        var lengths = lengths
        var indexes = try DictionaryIndexes(bytes, count: count, dictionaryCount: dictionary.count)
        try indexes.forEach(
            repeated: { (index, count) throws(DataError) in
                let length = Int(offsets[index + 1] - offsets[index])
                lengths.update(repeating: Int64(length), count: count)
                lengths += count
                try MemoryLimit.check(values.count + count * length)
                values.reserve(count * length)
                var target = values.base + values.count
                for _ in 0..<count {
                    Self.copy(source + Int(offsets[index]), length, to: target)
                    target += length
                }
                values.resize(to: values.count + count * length)
            },
            batch: { (batch) throws(DataError) in
                var total = 0
                for i in 0..<batch.count {
                    let length = offsets[Int(batch[i]) + 1] - offsets[Int(batch[i])]
                    lengths[i] = length
                    total += Int(length)
                }
                try MemoryLimit.check(values.count + total)
                values.reserve(total)
                var target = values.base + values.count
                for i in 0..<batch.count {
                    Self.copy(source + Int(offsets[Int(batch[i])]), Int(lengths[i]), to: target)
                    target += Int(lengths[i])
                }
                lengths += batch.count
                values.resize(to: values.count + total)
            })
        withExtendedLifetime(dictionary) {}
    }

    /// Copies short arrays, which most are, in one or two words: 8 bytes behind both ends may be read and written.
    @inline(__always)
    private static func copy(_ source: UnsafeRawPointer, _ length: Int, to target: UnsafeMutableRawPointer) {
        if length <= 8 {
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        } else if length <= 16 {
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
            target.storeBytes(
                of: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), toByteOffset: 8, as: UInt64.self)
        } else {
            memcpy(target, source, length)
        }
    }
}
