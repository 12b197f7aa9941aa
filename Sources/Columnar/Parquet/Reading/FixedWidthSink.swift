/// Collects values of fixed width.
struct FixedWidthSink<Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable> {
    private let type: DataType
    private let decoder: FixedWidthDecoder<Value>
    /// Nil if the caller owns the memory.
    private let buffer: MutableBuffer?
    private let output: UnsafeMutablePointer<Value>
    private let capacity: Int
    private var count = 0
    private let dense = MutableBuffer()

    /// - Parameter target: room for `capacity` values that outlives the sink; nil to let the sink allocate it.
    init(
        _ column: ParquetColumn, capacity: Int, target: UnsafeMutableRawPointer?, dictionary: Column?
    ) throws(DataError) {
        type = column.collectedType
        decoder = FixedWidthDecoder(column, dictionary: dictionary)
        self.capacity = capacity
        if let target {
            buffer = nil
            output = target.assumingMemoryBound(to: Value.self)
        } else {
            try MemoryLimit.check(capacity, width: MemoryLayout<Value>.stride)
            let created = MutableBuffer(uninitialized: capacity * MemoryLayout<Value>.stride)
            buffer = created
            output = created.base.assumingMemoryBound(to: Value.self)
        }
    }

    mutating func append(_ page: DataPage, count valid: Int, validity: ValidBits?) throws(DataError) {
        let rows = validity?.count ?? valid
        precondition(rows <= capacity - count)
        let target = output + count
        count += rows
        guard let validity, valid < rows else { return try decoder.decode(page, count: valid, to: target) }
        if valid == 0 {
            target.update(repeating: 0, count: rows)
        } else if page.encoding == .plain, decoder.isStoredAsIs, let source = page.values.baseAddress {
            try decoder.check(page.values, count: valid)
            NullSpreading.spread(source, count: valid, validity: validity, to: target)
        } else {
            dense.resize(to: valid * MemoryLayout<Value>.stride)
            try decoder.decode(page, count: valid, to: dense.base.assumingMemoryBound(to: Value.self))
            NullSpreading.spread(UnsafeRawPointer(dense.base), count: valid, validity: validity, to: target)
        }
    }

    func finish(validity: Bitmap?) -> Column {
        guard let buffer else { preconditionFailure("the caller owns the values") }
        buffer.resize(to: count * MemoryLayout<Value>.stride)
        return Column(type, count: count, values: buffer.freeze(), validity: validity)
    }
}
