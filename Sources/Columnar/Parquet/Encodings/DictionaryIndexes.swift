/// Reads the indexes of a dictionary-encoded page: a byte with their width, then runs (Encodings.md, Dictionary Encoding).
struct DictionaryIndexes {
    private var runs: RunLengthDecoder
    private let dictionaryCount: Int

    /// Indexes that are handed out at once: they stay in the fastest cache.
    static let batch = 1024

    init(_ bytes: UnsafeRawBufferPointer, count: Int, dictionaryCount: Int) throws(DataError) {
        self.dictionaryCount = dictionaryCount
        guard count > 0 else {
            runs = try RunLengthDecoder(bytes, bitWidth: 0, count: 0)
            return
        }
        guard let width = bytes.first else {
            throw DataError("has a page that is cut off; it is damaged, write it again")
        }
        runs = try RunLengthDecoder(
            UnsafeRawBufferPointer(rebasing: bytes[1...]), bitWidth: Int(width), count: count)
    }

    /// Hands out all indexes, each of which is within the dictionary: repeated ones as one, others in batches.
    mutating func forEach(
        repeated: (_ index: Int, _ count: Int) throws(DataError) -> Void,
        batch: (UnsafeBufferPointer<UInt32>) throws(DataError) -> Void
    ) throws(DataError) {
        let indexes = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.batch)
        defer { indexes.deallocate() }
        while let run = try runs.next() {
            switch run {
            case .repeated(let value, let count):
                guard value < dictionaryCount else { throw isOutside }
                try repeated(Int(value), count)
            case .packed(let start, let count):
                var first = 0
                while first < count {
                    let size = min(Self.batch, count - first)
                    runs.unpack(start: start, first: first, count: size, to: indexes)
                    let unpacked = UnsafeBufferPointer(start: indexes, count: size)
                    guard Self.greatest(of: unpacked) < dictionaryCount else { throw isOutside }
                    try batch(unpacked)
                    first += size
                }
            }
        }
    }

    private static func greatest(of indexes: UnsafeBufferPointer<UInt32>) -> UInt32 {
        var greatest: UInt32 = 0
        for index in indexes { greatest = max(greatest, index) }
        return greatest
    }

    private var isOutside: DataError {
        DataError(
            "refers to values that its dictionary of \(dictionaryCount) does not have; it is damaged, write it again")
    }
}

extension DataError {
    static var dictionaryIsMissing: DataError {
        DataError("refers to a dictionary that is not there; it is damaged, write it again")
    }
}
