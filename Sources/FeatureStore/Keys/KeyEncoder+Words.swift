import Columnar

/// Keys of fixed width up to 8 bytes as words: their bytes in a big-endian word, zeros behind them.
extension KeyEncoder {
    /// Whether a word holds all of a key.
    var fitsWord: Bool { fixedWidth.map { $0 <= 8 } ?? false }

    /// The words of all rows.
    ///
    /// - Precondition: keys fit words, and `columns`, which have the encoder's types, hold no nulls.
    func words(_ columns: [Column]) -> Buffer {
        precondition(fitsWord && columns.count == types.count)
        let count = columns[0].count
        let buffer = types == [.int64] ? MutableBuffer(uninitialized: count * 8) : MutableBuffer(zeroed: count * 8)
        let words = buffer.elements(as: UInt64.self)
        for (component, column) in columns.enumerated() {
            let shift = shift(of: component)
            withExtendedLifetime(column) {
                switch types[component] {
                case .int64:
                    let source = column.elements(as: Int64.self)
                    for row in 0..<count { words[row] = UInt64(bitPattern: source[row]) ^ 1 << 63 }
                case .int32:
                    let source = column.elements(as: Int32.self)
                    for row in 0..<count {
                        words[row] |= UInt64(UInt32(bitPattern: source[row]) ^ 1 << 31) &<< shift
                    }
                default:
                    let bits = column.bits
                    for row in 0..<count where bits[row] { words[row] |= 1 &<< shift }
                }
            }
        }
        return buffer.freeze()
    }

    /// The values of a component of the keys that are `words`.
    func column(_ component: Int, of words: UnsafeBufferPointer<UInt64>) -> Column {
        precondition(fitsWord)
        let shift = shift(of: component)
        switch types[component] {
        case .int64:
            let values = MutableBuffer(uninitialized: words.count * 8)
            let output = values.elements(as: Int64.self)
            for row in 0..<words.count { output[row] = Int64(bitPattern: words[row] ^ 1 << 63) }
            return Column(.int64, count: words.count, values: values.freeze())
        case .int32:
            let values = MutableBuffer(uninitialized: words.count * 4)
            let output = values.elements(as: Int32.self)
            for row in 0..<words.count {
                output[row] = Int32(bitPattern: UInt32(truncatingIfNeeded: words[row] &>> shift) ^ 1 << 31)
            }
            return Column(.int32, count: words.count, values: values.freeze())
        default: return Column(bits: Bitmap(words.lazy.map { $0 &>> shift & 1 == 1 }))
        }
    }

    /// The place of a component's least significant bit.
    private func shift(of component: Int) -> UInt64 {
        let width = KeyEncoder(Array(types[...component])).fixedWidth ?? 8
        return UInt64(64 - 8 * width)
    }
}
