/// Collects the values of a chunk's pages, in the layout that the column will have.
///
/// Pages are handed over one by one, so this is the only place where decoding is not specialized to a type.
protocol ValueSink {
    mutating func readDictionary(_ bytes: UnsafeRawBufferPointer, count: Int) throws(DataError)

    /// Appends a page's values: one a row of `validity`, or `count` if no row is null.
    /// - Parameter count: the values that are not null.
    mutating func append(_ page: DataPage, count: Int, validity: ValidBits?) throws(DataError)

    /// All values as a column; the sink must not be used afterwards.
    mutating func finish(validity: Bitmap?) -> Column
}

extension ParquetColumn {
    /// A sink for up to `capacity` values; those of fixed width are written to `target`, if there is one.
    func makeSink(capacity: Int, target: UnsafeMutableRawPointer? = nil) throws(DataError) -> any ValueSink {
        switch valueType {
        case .bool: return try BooleanSink(capacity: capacity)
        case .string, .binary:
            return physical == .fixedLengthByteArray
                ? try FixedLengthByteArraySink(capacity: capacity, width: typeLength)
                : try ByteArraySink(valueType, capacity: capacity)
        case .int8, .uint8: return try FixedWidthSink<UInt8>(self, capacity: capacity, target: target)
        case .int16, .uint16, .float16: return try FixedWidthSink<UInt16>(self, capacity: capacity, target: target)
        case .int32, .uint32, .float32, .date32:
            return try FixedWidthSink<UInt32>(self, capacity: capacity, target: target)
        case .int64, .uint64, .float64, .timestamp, .list, .fixedSizeList:
            return try FixedWidthSink<UInt64>(self, capacity: capacity, target: target)
        }
    }
}
