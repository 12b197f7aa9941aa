/// Collects the values of a chunk's pages, in the layout that the column will have.
///
/// An enumeration and no protocol, because what is called through an existential is not compiled for its value's type.
enum ValueSink {
    case boolean(BooleanSink)
    case oneByte(FixedWidthSink<UInt8>)
    case twoBytes(FixedWidthSink<UInt16>)
    case fourBytes(FixedWidthSink<UInt32>)
    case eightBytes(FixedWidthSink<UInt64>)
    case byteArrays(ByteArraySink)
    case fixedLengthByteArrays(FixedLengthByteArraySink)

    /// A sink for up to `capacity` values; those of fixed width are written to `target`, if there is one.
    /// - Parameter dictionary: the chunk's distinct values, if it has a dictionary page.
    init(
        _ column: ParquetColumn, capacity: Int, target: UnsafeMutableRawPointer? = nil, dictionary: Column?
    ) throws(DataError) {
        switch column.collectedType {
        case .bool: self = .boolean(try BooleanSink(capacity: capacity))
        case .string, .binary:
            if column.physical == .fixedLengthByteArray {
                self = .fixedLengthByteArrays(
                    try FixedLengthByteArraySink(capacity: capacity, width: column.typeLength, dictionary: dictionary))
            } else {
                self = .byteArrays(try ByteArraySink(column.collectedType, capacity: capacity, dictionary: dictionary))
            }
        case .int8, .uint8:
            self = .oneByte(try FixedWidthSink(column, capacity: capacity, target: target, dictionary: dictionary))
        case .int16, .uint16, .float16:
            self = .twoBytes(try FixedWidthSink(column, capacity: capacity, target: target, dictionary: dictionary))
        case .int32, .uint32, .float32, .date32, .time(.seconds), .time(.milliseconds):
            self = .fourBytes(try FixedWidthSink(column, capacity: capacity, target: target, dictionary: dictionary))
        case .int64, .uint64, .float64, .timestamp, .time, .decimal, .list, .fixedSizeList:
            self = .eightBytes(try FixedWidthSink(column, capacity: capacity, target: target, dictionary: dictionary))
        }
    }

    /// Appends a page's values: one a row of `validity`, or `count` if no row is null.
    /// - Parameter count: the values that are not null.
    mutating func append(_ page: DataPage, count: Int, validity: ValidBits?) throws(DataError) {
        switch self {
        case .boolean(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .boolean(sink)
        case .oneByte(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .oneByte(sink)
        case .twoBytes(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .twoBytes(sink)
        case .fourBytes(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .fourBytes(sink)
        case .eightBytes(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .eightBytes(sink)
        case .byteArrays(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .byteArrays(sink)
        case .fixedLengthByteArrays(var sink):
            try sink.append(page, count: count, validity: validity)
            self = .fixedLengthByteArrays(sink)
        }
    }

    /// All values as a column; the sink must not be used afterwards.
    func finish(validity: Bitmap?) -> Column {
        switch self {
        case .boolean(let sink): sink.finish(validity: validity)
        case .oneByte(let sink): sink.finish(validity: validity)
        case .twoBytes(let sink): sink.finish(validity: validity)
        case .fourBytes(let sink): sink.finish(validity: validity)
        case .eightBytes(let sink): sink.finish(validity: validity)
        case .byteArrays(let sink): sink.finish(validity: validity)
        case .fixedLengthByteArrays(let sink): sink.finish(validity: validity)
        }
    }
}
