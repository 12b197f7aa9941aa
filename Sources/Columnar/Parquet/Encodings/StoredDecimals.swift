/// Decimal columns, which files keep as integers or as big-endian bytes (LogicalTypes.md, DECIMAL).
enum StoredDecimals {
    /// The column's values as decimals, from how they are stored: int32, int64, or binary.
    /// - Throws: if a value is too large for any decimal of `type`.
    static func decimals(_ stored: Column, as type: DataType) throws(DataError) -> Column {
        guard case .decimal(let precision, _) = type else { preconditionFailure("\(type) is no decimal") }
        try MemoryLimit.check(stored.count, width: MemoryLayout<Int128>.stride)
        let target = MutableBuffer(uninitialized: stored.count * MemoryLayout<Int128>.stride)
        let output = target.elements(as: Int128.self)
        switch stored.type {
        case .int32:
            let source = stored.elements(as: Int32.self)
            for row in 0..<stored.count { output[row] = Int128(source[row]) }
        case .int64:
            let source = stored.elements(as: Int64.self)
            for row in 0..<stored.count { output[row] = Int128(source[row]) }
        default:
            for row in 0..<stored.count {
                guard let number = stored.isNull(row) ? 0 : bigEndian(stored.bytes(at: row)) else { throw isTooLarge }
                output[row] = number
            }
        }
        let limit = FixedPoint.power(precision)
        for row in 0..<stored.count where output[row].magnitude >= limit.magnitude && !stored.isNull(row) {
            throw isTooLarge
        }
        return withExtendedLifetime(stored) {
            Column(type, count: stored.count, values: target.freeze(), validity: stored.validity)
        }
    }

    /// A number in two's complement, most significant byte first; nil if it needs more than 128 bits.
    static func bigEndian(_ bytes: some Collection<UInt8>) -> Int128? {
        guard let first = bytes.first else { return 0 }
        let filler: UInt8 = first & 0x80 == 0 ? 0 : 0xff
        var number: Int128 = first & 0x80 == 0 ? 0 : -1
        let surplus = max(0, bytes.count - 16)
        guard bytes.prefix(surplus).allSatisfy({ $0 == filler }) else { return nil }
        for byte in bytes.dropFirst(surplus) { number = number << 8 | Int128(byte) }
        // The first byte that counts must agree with those that were left out.
        return surplus > 0 && (number < 0) != (first & 0x80 != 0) ? nil : number
    }

    /// The last `width` bytes of the number, most significant first.
    static func bytes(_ number: Int128, width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> Int128(8 * (width - 1 - $0))) }
    }

    /// Bytes that hold every decimal of `precision` digits.
    static func width(precision: Int) -> Int {
        var width = 1
        while width < 16 && (Int128(1) << Int128(8 * width - 1)) <= FixedPoint.power(precision) - 1 { width += 1 }
        return width
    }

    private static var isTooLarge: DataError {
        DataError("has decimals with more digits than their type says; the file is damaged, write it again")
    }
}
