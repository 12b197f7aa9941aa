import Foundation

/// Moves densely stored values apart to the rows that they belong to; null rows get zeros.
enum NullSpreading {
    /// - Parameters:
    ///   - source: `count` values, which need not be aligned.
    ///   - output: room for `validity.count` values.
    /// - Precondition: `count` bits of `validity` are set.
    static func spread<Value: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer, count: Int, validity: ValidBits, to output: UnsafeMutablePointer<Value>
    ) {
        let width = MemoryLayout<Value>.stride
        var taken = 0
        var row = 0
        // Whole words of validity without branches: behind each there must be a value to read, used or not.
        while row + 64 <= validity.count && taken + 64 <= count {
            let word = validity.word(at: row)
            let target = output + row
            if word == .max {
                memcpy(target, source + taken * width, 64 * width)
                taken += 64
            } else {
                for i in 0..<64 {
                    let bit = word &>> UInt64(truncatingIfNeeded: i) & 1
                    let value = source.loadUnaligned(fromByteOffset: taken &* width, as: Value.self)
                    target[i] = value & (0 &- Value(truncatingIfNeeded: bit))
                    taken &+= Int(truncatingIfNeeded: bit)
                }
            }
            row += 64
        }
        while row < validity.count {
            if validity.bit(at: row) && taken < count {
                output[row] = source.loadUnaligned(fromByteOffset: taken * width, as: Value.self)
                taken += 1
            } else {
                output[row] = 0
            }
            row += 1
        }
    }
}
