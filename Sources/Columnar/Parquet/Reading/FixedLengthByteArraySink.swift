import Foundation

/// Collects byte arrays of one length, given by the schema.
struct FixedLengthByteArraySink {
    private let width: Int
    private let capacity: Int
    private let bytes = MutableBuffer()
    private let offsets: MutableBuffer
    private var count = 0
    private let dictionary: Column?

    init(capacity: Int, width: Int, dictionary: Column?) throws(DataError) {
        self.width = width
        self.dictionary = dictionary
        self.capacity = capacity
        try MemoryLimit.check(capacity, width: 8)
        offsets = MutableBuffer(capacity: (capacity + 1) * 8)
        offsets.append(Int64(0))
    }

    mutating func append(_ page: DataPage, count valid: Int, validity: ValidBits?) throws(DataError) {
        precondition((validity?.count ?? valid) <= capacity - count)
        var end = Int64(bytes.count)
        try decode(page, count: valid)
        if let validity {
            for row in 0..<validity.count {
                if validity.bit(at: row) { end += Int64(width) }
                offsets.append(end)
            }
            count += validity.count
        } else {
            for _ in 0..<valid {
                end += Int64(width)
                offsets.append(end)
            }
            count += valid
        }
    }

    private mutating func decode(_ page: DataPage, count valid: Int) throws(DataError) {
        switch page.encoding {
        case .plain:
            guard valid <= page.values.count / width else { throw isCutOff }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: page.values[..<(valid * width)]))
        case .byteStreamSplit:
            guard valid <= page.values.count / width else { throw isCutOff }
            let streamLength = page.values.count / width
            let start = bytes.count
            bytes.resize(to: start + valid * width)
            for i in 0..<valid {
                for byte in 0..<width {
                    bytes.base.storeBytes(
                        of: page.values[byte * streamLength + i], toByteOffset: start + i * width + byte, as: UInt8.self
                    )
                }
            }
        case .dictionary, .plainDictionary:
            guard let dictionary else { throw DataError.dictionaryIsMissing }
            try MemoryLimit.check(valid, width: width)
            bytes.reserve(valid * width)
            let distinct = dictionary.values.bytes
            func append(_ index: Int) {
                bytes.append(
                    contentsOf: UnsafeRawBufferPointer(rebasing: distinct[index * width..<(index + 1) * width]))
            }
            var indexes = try DictionaryIndexes(page.values, count: valid, dictionaryCount: dictionary.count)
            try indexes.forEach(
                repeated: { (index, count) in for _ in 0..<count { append(index) } },
                batch: { batch in for index in batch { append(Int(index)) } })
            withExtendedLifetime(dictionary) {}
        case .deltaByteArray:
            let lengths = MutableBuffer(uninitialized: valid * 8)
            try DeltaByteArray.decode(
                page.values, count: valid, to: bytes, lengths: lengths.base.assumingMemoryBound(to: Int64.self))
            let areEqual = lengths.elements(as: Int64.self).allSatisfy { $0 == width }
            guard withExtendedLifetime(lengths, { areEqual }) else { throw isCutOff }
        default: throw DataError("has the encoding \(page.encoding.name), which its type cannot have; it is damaged")
        }
    }

    func finish(validity: Bitmap?) -> Column {
        Column(.binary, count: count, offsets: offsets.freeze(), values: bytes.freeze(), validity: validity)
    }

    private var isCutOff: DataError { DataError("has a page with too few values; it is damaged, write it again") }
}
