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

    /// Hands out those of the values `range` only, like `forEach`; what lies before them is passed over run by run.
    mutating func forEach(
        in range: Range<Int>, repeated: (_ index: Int, _ count: Int) throws(DataError) -> Void,
        batch: (UnsafeBufferPointer<UInt32>) throws(DataError) -> Void
    ) throws(DataError) {
        let indexes = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.batch)
        defer { indexes.deallocate() }
        var position = 0
        while position < range.upperBound, let run = try runs.next() {
            switch run {
            case .repeated(let value, let count):
                guard value < dictionaryCount else { throw isOutside }
                let kept = (position..<position + count).clamped(to: range).count
                if kept > 0 { try repeated(Int(value), kept) }
                position += count
            case .packed(let start, let count):
                let kept = (position..<position + count).clamped(to: range)
                var first = kept.lowerBound
                while first < kept.upperBound {
                    let size = min(Self.batch, kept.upperBound - first)
                    runs.unpack(start: start, first: first - position, count: size, to: indexes)
                    let unpacked = UnsafeBufferPointer(start: indexes, count: size)
                    guard Self.greatest(of: unpacked) < dictionaryCount else { throw isOutside }
                    try batch(unpacked)
                    first += size
                }
                position += count
            }
        }
    }

    /// Where the values with an index stand, if indexes ascend. Of runs before them only the last value is looked at.
    mutating func places(of index: Int, count: Int) throws(DataError) -> Range<Int>? {
        var found: Range<Int>?
        var position = 0
        var last: UInt32 = 0
        func note(_ places: Range<Int>) { found = (found?.lowerBound ?? places.lowerBound)..<places.upperBound }
        while position < count, let run = try runs.next() {
            switch run {
            case .repeated(let value, let length):
                if value > index { return found }
                if value == index { note(position..<position + length) }
                position += length
            case .packed(let start, let length):
                runs.unpack(start: start, first: length - 1, count: 1, to: &last)
                if last >= index {
                    var value: UInt32 = 0
                    for place in 0..<length {
                        runs.unpack(start: start, first: place, count: 1, to: &value)
                        if value > index { return found }
                        if value == index { note(position + place..<position + place + 1) }
                    }
                }
                position += length
            }
        }
        return found
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
