/// Reads definition and repetition levels (Encodings.md, RLE and the deprecated BIT_PACKED).
enum LevelDecoder {
    /// Bits of a level up to `maximum`.
    static func bitWidth(maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

    /// Appends the validity that the levels of a flat column's page say; returns how many rows are valid.
    static func appendValidity(of page: DataPage, to validity: inout ValidityBuilder) throws(DataError) -> Int {
        let nullsBefore = validity.nullCount
        if page.definitionEncoding == .bitPacked {
            for i in 0..<page.valueCount {
                let bit = page.definition[i >> 3] >> UInt8(7 - i & 7) & 1
                validity.append(repeating: bit == 1, count: 1)
            }
        } else {
            var decoder = try RunLengthDecoder(page.definition, bitWidth: 1, count: page.valueCount)
            while let run = try decoder.next() {
                switch run {
                case .repeated(let value, let count):
                    guard value <= 1 else { throw isDamaged }
                    validity.append(repeating: value == 1, count: count)
                case .packed(let start, let count):
                    guard let base = page.definition.baseAddress else { throw isDamaged }
                    validity.append(packed: base + start, count: count)
                }
            }
        }
        return page.valueCount - (validity.nullCount - nullsBefore)
    }

    static var isDamaged: DataError { DataError("has impossible levels; it is damaged, write it again") }
}
