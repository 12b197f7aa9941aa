import Columnar

extension EncodedKeys {
    /// The keys at `rows`, in that order. Complexity: O(bytes moved).
    func taking(_ rows: [Int]) -> EncodedKeys {
        let taken = MutableBuffer(capacity: rows.count * 8)
        let ends = MutableBuffer(capacity: (rows.count + 1) * 8)
        let words = MutableBuffer(capacity: rows.count * 8)
        let source = prefixes.elements(as: UInt64.self)
        ends.append(Int64(0))
        for row in rows {
            taken.append(contentsOf: bytes(at: row))
            ends.append(Int64(taken.count))
            words.append(source[row])
        }
        let valid = validity.map { validity in Bitmap(rows.map { validity[$0] }) }
        return EncodedKeys(
            count: rows.count, offsets: ends.freeze(), bytes: taken.freeze(), prefixes: words.freeze(),
            prefixIsWhole: prefixIsWhole, validity: valid)
    }

    /// The keys of `parts`, one after the other; none of them may hold nulls.
    static func concatenating(_ parts: [EncodedKeys]) -> EncodedKeys {
        precondition(parts.allSatisfy { $0.validity == nil })
        let count = parts.reduce(0) { $0 + $1.count }
        let joined = MutableBuffer(capacity: parts.reduce(0) { $0 + $1.bytes.count })
        let ends = MutableBuffer(capacity: (count + 1) * 8)
        let words = MutableBuffer(capacity: count * 8)
        ends.append(Int64(0))
        for part in parts {
            let base = Int64(joined.count)
            let offsets = part.offsets.elements(as: Int64.self)
            joined.append(contentsOf: part.bytes.bytes)
            for row in 0..<part.count { ends.append(base + offsets[row + 1]) }
            words.append(contentsOf: UnsafeRawBufferPointer(rebasing: part.prefixes.bytes[..<(part.count * 8)]))
        }
        return EncodedKeys(
            count: count, offsets: ends.freeze(), bytes: joined.freeze(), prefixes: words.freeze(),
            prefixIsWhole: parts.first?.prefixIsWhole ?? true, validity: nil)
    }
}
