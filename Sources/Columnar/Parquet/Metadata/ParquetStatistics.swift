extension ParquetFile {
    /// The greatest value of a column of signed integers or times in a row group, in the column's ticks; nil if the file does
    /// not say.
    public func maximum(of column: Int, rowGroup: Int) -> Int64? {
        switch columnChunk(of: column, rowGroup: rowGroup).maximum {
        case .int(let value): value
        case .timestamp(let time): time.microseconds
        default: nil
        }
    }
}

extension ParquetFile.ColumnChunk {
    init(
        _ chunk: ParquetMetadata.ColumnChunk, _ statistics: ParquetMetadata.Statistics?, of column: ParquetColumn
    ) {
        compressedBytes = Int(chunk.compressedSize)
        uncompressedBytes = Int(chunk.uncompressedSize)
        // Writers disagree on what a null is in a list.
        nullCount = column.list == nil ? statistics?.nullCount.flatMap { Int(exactly: $0) } : nil
        // Older writers sorted by signed numbers or bytes, whatever the type.
        let isSigned = column.valueType.hasSignedOrder
        minimum = (statistics?.minimum ?? (isSigned ? statistics?.legacyMinimum : nil))
            .flatMap { column.valueType.bound($0, of: column.physical, isLower: true) }
        maximum = (statistics?.maximum ?? (isSigned ? statistics?.legacyMaximum : nil))
            .flatMap { column.valueType.bound($0, of: column.physical, isLower: false) }
    }
}

extension DataType {
    fileprivate var hasSignedOrder: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .float32, .float64, .date32, .time, .timestamp, .bool: true
        default: false
        }
    }

    /// A bound as it is stored (PLAIN, without a length); nil if it says nothing.
    func bound(_ bytes: [UInt8], of physical: PhysicalType, isLower: Bool) -> Value? {
        if self == .binary { return .bytes(bytes) }
        if case .decimal(_, let scale) = self {
            let number = physical.byteWidth == nil ? bytes : bytes.reversed()
            guard physical.byteWidth.map({ $0 == bytes.count }) ?? !bytes.isEmpty else { return nil }
            return StoredDecimals.bigEndian(number).map { .decimal(FixedPoint(unscaled: $0, scale: scale)) }
        }
        // A bound may be a text that was cut off within a character.
        if self == .string { return String(validating: bytes, as: UTF8.self).map(Value.string) ?? .bytes(bytes) }
        let width = physical == .boolean ? 1 : self == .float16 ? 2 : physical.byteWidth
        guard physical != .int96, bytes.count == width else { return nil }
        var bits: UInt64 = 0
        for (i, byte) in bytes.enumerated() { bits |= UInt64(byte) << UInt64(8 * i) }
        switch self {
        case .bool: return .bool(bits != 0)
        case .int8, .int16, .int32, .date32, .time(.seconds), .time(.milliseconds):
            return .int(Int64(Int32(truncatingIfNeeded: bits)))
        case .int64, .time: return .int(Int64(bitPattern: bits))
        case .uint8, .uint16, .uint32, .uint64: return .uint(bits)
        case .timestamp(.microseconds, zone: _): return .timestamp(Timestamp(microseconds: Int64(bitPattern: bits)))
        case .timestamp: return .int(Int64(bitPattern: bits))
        case .float16: return Self.bound(Float(halfBits: UInt16(truncatingIfNeeded: bits)), isLower).map(Value.float32)
        case .float32:
            return Self.bound(Float(bitPattern: UInt32(truncatingIfNeeded: bits)), isLower).map(Value.float32)
        case .float64: return Self.bound(Double(bitPattern: bits), isLower).map(Value.float64)
        case .string, .binary, .decimal, .list, .fixedSizeList: return nil
        }
    }

    /// NaN says nothing, and a zero may stand for the other one (parquet.thrift, ColumnOrder).
    private static func bound<Number: BinaryFloatingPoint>(_ number: Number, _ isLower: Bool) -> Number? {
        if number.isNaN { return nil }
        return number == 0 ? (isLower ? -0.0 : 0.0) : number
    }
}
