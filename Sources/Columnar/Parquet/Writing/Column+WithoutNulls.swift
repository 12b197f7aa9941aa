import Foundation

extension Column {
    /// The rows that are not null, densely; the column itself if none is.
    func withoutNulls() -> Column {
        guard let validity, nullCount > 0 else { return self }
        let valid = validity.countSetBits()
        switch type.byteWidth {
        case 1: return compacted(UInt8.self, validity, valid)
        case 2: return compacted(UInt16.self, validity, valid)
        case 4: return compacted(UInt32.self, validity, valid)
        case 8: return compacted(UInt64.self, validity, valid)
        case 16: return compacted(UInt128.self, validity, valid)
        default: return taking(validRows: validity, count: valid)
        }
    }

    private func compacted<Element: FixedWidthInteger & BitwiseCopyable>(
        _: Element.Type, _ validity: Bitmap, _ valid: Int
    ) -> Column {
        // A row that is null is written, too, and then overwritten by the next: no branch on what cannot be foreseen.
        let target = MutableBuffer(uninitialized: (valid + 1) * MemoryLayout<Element>.stride)
        let output = target.elements(as: Element.self)
        let source = elements(as: Element.self)
        var taken = 0
        withExtendedLifetime(self) {
            for start in stride(from: 0, to: count, by: 64) {
                let word = validity.word(at: start)
                let size = min(64, count - start)
                for i in 0..<size {
                    output[taken] = source[start &+ i]
                    taken &+= Int(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: i) & 1)
                }
            }
        }
        return Column(type, count: valid, values: target.freeze())
    }

    private func taking(validRows validity: Bitmap, count valid: Int) -> Column {
        var rows: [Int32] = []
        rows.reserveCapacity(valid)
        for start in stride(from: 0, to: count, by: 64) {
            var word = validity.word(at: start)
            if count - start < 64 { word &= 1 << UInt64(count - start) - 1 }
            while word != 0 {
                rows.append(Int32(start + word.trailingZeroBitCount))
                word &= word - 1
            }
        }
        return rows.withUnsafeBufferPointer { taking($0) }
    }
}
