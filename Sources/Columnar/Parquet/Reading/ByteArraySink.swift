/// Collects strings and byte arrays of any length.
struct ByteArraySink {
    private let type: DataType
    private let decoder: ByteArrayDecoder
    private let bytes = MutableBuffer()
    private let offsetBuffer: MutableBuffer
    private let offsets: UnsafeMutablePointer<Int64>
    private let capacity: Int
    private var count = 0
    private let dense = MutableBuffer()

    init(_ type: DataType, capacity: Int, dictionary: Column?) throws(DataError) {
        self.type = type
        decoder = ByteArrayDecoder(dictionary: dictionary)
        self.capacity = capacity
        try MemoryLimit.check(capacity + 1, width: 8)
        offsetBuffer = MutableBuffer(uninitialized: (capacity + 1) * 8)
        offsets = offsetBuffer.base.assumingMemoryBound(to: Int64.self)
        offsets[0] = 0
    }

    mutating func append(_ page: DataPage, count valid: Int, validity: ValidBits?) throws(DataError) {
        let rows = validity?.count ?? valid
        precondition(rows <= capacity - count)
        let target = offsets + count + 1
        var end = offsets[count]
        if let validity, valid < rows {
            dense.resize(to: valid * 8)
            let lengths = dense.base.assumingMemoryBound(to: Int64.self)
            if valid > 0 { try decoder.decode(page, count: valid, to: bytes, lengths: lengths) }
            NullSpreading.spread(UnsafeRawPointer(lengths), count: valid, validity: validity, to: target)
        } else if valid > 0 {
            try decoder.decode(page, count: valid, to: bytes, lengths: target)
        }
        for row in 0..<rows {
            end &+= target[row]
            target[row] = end
        }
        count += rows
        guard end == bytes.count else { throw DataError.byteArraysAreDamaged }
    }

    func finish(validity: Bitmap?) -> Column {
        offsetBuffer.resize(to: (count + 1) * 8)
        return Column(type, count: count, offsets: offsetBuffer.freeze(), values: bytes.freeze(), validity: validity)
    }
}
