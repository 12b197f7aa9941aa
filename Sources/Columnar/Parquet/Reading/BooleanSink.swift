/// Collects booleans as bits.
struct BooleanSink {
    private let buffer: MutableBuffer
    private let capacity: Int
    private var count = 0

    init(capacity: Int) throws(DataError) {
        self.capacity = capacity
        buffer = MutableBuffer(uninitialized: (capacity + 7) / 8)
    }

    mutating func append(_ page: DataPage, count valid: Int, validity: ValidBits?) throws(DataError) {
        let rows = validity?.count ?? valid
        precondition(rows <= capacity - count)
        guard let validity, valid < rows else {
            try decode(page, count: valid, to: buffer.base, at: count)
            count += rows
            return
        }
        let dense = MutableBuffer(uninitialized: (valid + 7) / 8)
        try decode(page, count: valid, to: dense.base, at: 0)
        let source = ValidBits(base: UnsafeRawPointer(dense.base), offset: 0, count: valid)
        Bitmap.fillBits(false, in: buffer.base, at: count, count: rows)
        let bytes = buffer.base.assumingMemoryBound(to: UInt8.self)
        var taken = 0
        for row in 0..<rows where validity.bit(at: row) {
            if source.bit(at: taken) { bytes[(count + row) >> 3] |= 1 << UInt8((count + row) & 7) }
            taken += 1
        }
        withExtendedLifetime(dense) {}
        count += rows
    }

    private func decode(
        _ page: DataPage, count valid: Int, to target: UnsafeMutableRawPointer, at position: Int
    ) throws(DataError) {
        guard valid > 0 else { return }
        switch page.encoding {
        case .plain:
            guard page.values.count >= (valid + 7) / 8, let source = page.values.baseAddress else {
                throw Self.isCutOff
            }
            Bitmap.copyBits(from: source, at: 0, to: target, at: position, count: valid)
        case .runLength:
            guard page.values.count >= 4, let source = page.values.baseAddress else { throw Self.isCutOff }
            let length = Int(page.values.loadUnaligned(as: UInt32.self))
            guard length <= page.values.count - 4 else { throw Self.isCutOff }
            var runs = try RunLengthDecoder(
                UnsafeRawBufferPointer(start: source + 4, count: length), bitWidth: 1, count: valid)
            var position = position
            while let run = try runs.next() {
                switch run {
                case .repeated(let value, let count):
                    Bitmap.fillBits(value & 1 == 1, in: target, at: position, count: count)
                    position += count
                case .packed(let start, let count):
                    Bitmap.copyBits(from: source + 4 + start, at: 0, to: target, at: position, count: count)
                    position += count
                }
            }
        default: throw DataError("has the encoding \(page.encoding.name), which booleans cannot have; it is damaged")
        }
    }

    func finish(validity: Bitmap?) -> Column {
        buffer.resize(to: (count + 7) / 8)
        return Column(bits: Bitmap(buffer: buffer.freeze(), count: count), validity: validity)
    }

    private static var isCutOff: DataError {
        DataError("has a page with too few values; it is damaged, write it again")
    }
}
