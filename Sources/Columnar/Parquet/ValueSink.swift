import Foundation

/// Where decoded values go: dense values are appended and, where a page has nulls, spread to their rows.
struct ValueSink {
    private let type: DataType
    private let physical: PhysicalType
    private let typeLength: Int
    /// Values in all, nulls included.
    private(set) var count = 0
    private let buffer = MutableBuffer()
    private let offsets = MutableBuffer()
    /// All values so far, still in the file's map.
    private var borrowed: Buffer?

    init(_ type: DataType, physical: PhysicalType, typeLength: Int) {
        self.type = type
        self.physical = physical
        self.typeLength = typeLength
        if type.isVariableWidth { offsets.append(Int64(0)) }
    }

    /// Makes room for `rows`, believing a footer's number only up to a limit; the buffer grows beyond as data comes.
    mutating func reserve(_ rows: Int) {
        let believed = min(rows, 1 << 24)
        if let width = type.byteWidth { buffer.reserve(believed * width) }
        if type.isVariableWidth { offsets.reserve(min(believed, 1 << 20) * 8) }
    }

    // MARK: Plain

    /// Appends values in PLAIN encoding (Encodings.md, PLAIN = 0).
    mutating func appendPlain(_ source: Buffer, count number: Int) throws(ParquetDamage) {
        switch type {
        case .bool:
            try need(source, (number + 7) / 8)
            appendBits(source, number)
        case .string, .binary:
            physical == .fixedLengthByteArray
                ? try appendFixedLength(source, number) : try appendByteArrays(source, number)
        default:
            if physical == .int96 {
                try need(source, number * 12)
                try unborrow(adding: number)
                let output = buffer.elements(as: Int64.self)
                for i in 0..<number { output[count + i] = Self.nanoseconds(int96: source.base + 12 * i) }
            } else if let width = type.byteWidth, width == physicalWidth {
                try need(source, number * width)
                if canBorrow(source, width) {
                    borrowed = source.slice(0..<number * width)
                } else {
                    try unborrow(adding: number)
                    memcpy(buffer.base + count * width, source.base, number * width)
                }
            } else {
                try need(source, number * 4)
                try unborrow(adding: number)
                narrow(source.base, number)
            }
            count += number
        }
    }

    private var physicalWidth: Int {
        switch physical {
        case .int32, .float: 4
        case .int64, .double: 8
        case .fixedLengthByteArray: typeLength
        default: 0
        }
    }

    private func need(_ source: Buffer, _ bytes: Int) throws(ParquetDamage) {
        guard source.count >= bytes else { throw ParquetDamage("has a page with too few values; the file is damaged") }
    }

    /// The first page of a column may stay where it is, if it lies in memory that its owner keeps and is aligned.
    private func canBorrow(_ source: Buffer, _ width: Int) -> Bool {
        count == 0 && borrowed == nil && source.owner != nil && UInt(bitPattern: source.base) % UInt(width) == 0
    }

    /// Copies borrowed values, and makes room for more.
    private mutating func unborrow(adding number: Int) throws(ParquetDamage) {
        guard let width = type.byteWidth else { return }
        if let source = borrowed {
            buffer.append(contentsOf: source.bytes)
            borrowed = nil
        }
        buffer.resize(to: (count + number) * width)
    }

    private func narrow(_ source: UnsafeRawPointer, _ number: Int) {
        if type.byteWidth == 1 {
            let output = buffer.elements(as: UInt8.self)
            for i in 0..<number { output[count + i] = source.loadUnaligned(fromByteOffset: 4 * i, as: UInt8.self) }
        } else {
            let output = buffer.elements(as: UInt16.self)
            for i in 0..<number { output[count + i] = source.loadUnaligned(fromByteOffset: 4 * i, as: UInt16.self) }
        }
    }

    /// INT96: nanoseconds of the day, then the Julian day (deprecated, but Spark's default).
    static func nanoseconds(int96 source: UnsafeRawPointer) -> Int64 {
        let nanoseconds = source.loadUnaligned(as: Int64.self)
        let day = Int64(source.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        return (day - 2_440_588) &* 86_400_000_000_000 &+ nanoseconds
    }

    private mutating func appendBits(_ source: Buffer, _ number: Int) {
        let bits = Bitmap(buffer: source, count: number)
        growBits(to: count + number)
        let output = buffer.elements(as: UInt8.self)
        if count & 7 == 0 {
            memcpy(buffer.base + count >> 3, source.base, (number + 7) / 8)
            if number & 7 != 0 { output[(count + number) >> 3] &= 1 << UInt8(number & 7) - 1 }
        } else {
            for i in 0..<number where bits[i] { output[(count + i) >> 3] |= 1 << UInt8((count + i) & 7) }
        }
        count += number
    }

    private func growBits(to bits: Int) {
        let before = buffer.count
        let needed = (bits + 7) / 8
        guard needed > before else { return }
        buffer.resize(to: needed)
        memset(buffer.base + before, 0, needed - before)
    }

    private mutating func appendByteArrays(_ source: Buffer, _ number: Int) throws(ParquetDamage) {
        var position = 0
        let end = source.count
        offsets.reserve(number * 8)
        for _ in 0..<number {
            guard end - position >= 4 else { throw ParquetDamage("has text that is cut off; the file is damaged") }
            let length = Int(source.base.loadUnaligned(fromByteOffset: position, as: UInt32.self))
            position += 4
            guard length <= end - position else { throw ParquetDamage("has text that is cut off; the file is damaged") }
            buffer.append(contentsOf: UnsafeRawBufferPointer(start: source.base + position, count: length))
            offsets.append(Int64(buffer.count))
            position += length
        }
        count += number
    }

    private mutating func appendFixedLength(_ source: Buffer, _ number: Int) throws(ParquetDamage) {
        try need(source, number * typeLength)
        for _ in 0..<number {
            offsets.append(Int64(buffer.count) + Int64(typeLength))
            buffer.resize(to: buffer.count + typeLength)
        }
        memcpy(buffer.base + buffer.count - number * typeLength, source.base, number * typeLength)
        count += number
    }

    // MARK: Dictionary

    /// Appends values given as indices: a byte with the bit width, then the hybrid encoding.
    mutating func append(
        _ source: Buffer, count number: Int, from dictionary: ValueDictionary
    ) throws(ParquetDamage) {
        guard source.count >= 1 else { throw ParquetDamage("has an empty page of indices; the file is damaged") }
        let indexBytes = UnsafeRawBufferPointer(rebasing: source.bytes[1...])
        let width = Int(source.bytes[0])
        if !type.isVariableWidth && type != .bool { try unborrow(adding: number) }
        do throws(RunLengthDecoder.Failure) {
            var decoder = try RunLengthDecoder(indexBytes, bitWidth: width, count: number)
            let scratch = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.batch)
            defer { scratch.deallocate() }
            let before = count
            while let run = try decoder.next() {
                switch run {
                case .repeated(let value, let count):
                    guard value < dictionary.count else { throw RunLengthDecoder.Failure() }
                    fill(dictionary, Int(value), count)
                case .packed(let start, let count):
                    for first in stride(from: 0, to: count, by: Self.batch) {
                        let part = min(Self.batch, count - first)
                        // A batch is a multiple of eight values, so it begins at a whole byte.
                        decoder.unpack(start: start + first * width / 8, count: part, to: scratch)
                        var greatest: UInt32 = 0
                        for i in 0..<part { greatest = max(greatest, scratch[i]) }
                        guard greatest < dictionary.count else { throw RunLengthDecoder.Failure() }
                        gather(dictionary, scratch, part)
                    }
                }
            }
            guard count - before == number else { throw RunLengthDecoder.Failure() }
        } catch {
            throw ParquetDamage("has dictionary indices that lead nowhere; the file is damaged")
        }
    }

    private static let batch = 4096

    private mutating func fill(_ dictionary: ValueDictionary, _ index: Int, _ number: Int) {
        let values = dictionary.values
        switch type.byteWidth {
        case 1:
            (buffer.elements(as: UInt8.self).baseAddress! + count).update(
                repeating: values.elements(as: UInt8.self)[index], count: number)
        case 2:
            (buffer.elements(as: UInt16.self).baseAddress! + count).update(
                repeating: values.elements(as: UInt16.self)[index], count: number)
        case 4:
            (buffer.elements(as: UInt32.self).baseAddress! + count).update(
                repeating: values.elements(as: UInt32.self)[index], count: number)
        case 8:
            (buffer.elements(as: UInt64.self).baseAddress! + count).update(
                repeating: values.elements(as: UInt64.self)[index], count: number)
        default:
            for _ in 0..<number { appendOne(values, index) }
        }
        count += number
    }

    private mutating func gather(_ dictionary: ValueDictionary, _ indices: UnsafePointer<UInt32>, _ number: Int) {
        switch type.byteWidth {
        case 1: gather(UInt8.self, dictionary, indices, number)
        case 2: gather(UInt16.self, dictionary, indices, number)
        case 4: gather(UInt32.self, dictionary, indices, number)
        case 8: gather(UInt64.self, dictionary, indices, number)
        default:
            for i in 0..<number { appendOne(dictionary.values, Int(indices[i])) }
        }
        count += number
    }

    @inline(__always)
    private func gather<T: BitwiseCopyable>(
        _: T.Type, _ dictionary: ValueDictionary, _ indices: UnsafePointer<UInt32>, _ number: Int
    ) {
        let source = dictionary.values.elements(as: T.self)
        guard let output = buffer.elements(as: T.self).baseAddress.map({ $0 + count }) else { return }
        for i in 0..<number { output[i] = source[Int(indices[i])] }
    }

    private func appendOne(_ values: Column, _ index: Int) {
        buffer.append(contentsOf: values.bytes(at: index))
        offsets.append(Int64(buffer.count))
    }

    /// Booleans in RLE encoding: a length, then the hybrid encoding of one bit.
    mutating func appendRunLengthBools(_ source: Buffer, count number: Int) throws(ParquetDamage) {
        guard source.count >= 4 else { throw ParquetDamage("has a page that is cut off; the file is damaged") }
        var bits = ValidityBuilder()
        bits.append(repeating: false, count: 0)
        _ = try bits.append(UnsafeRawBufferPointer(rebasing: source.bytes[4...]), count: number, maximum: 1)
        guard let packed = bits.finish() else {
            growBits(to: count + number)
            let output = buffer.elements(as: UInt8.self)
            for i in count..<count + number { output[i >> 3] |= 1 << UInt8(i & 7) }
            count += number
            return
        }
        appendBits(packed.buffer, number)
    }

    // MARK: Nulls

    /// Moves the last `valid` values to the set bits of `bits`, whose count is the rows they belong to.
    mutating func spread(last valid: Int, by bits: Bitmap) {
        let start = count - valid
        let rows = bits.count
        switch type {
        case .bool: spreadBits(start, valid, bits)
        case .string, .binary: spreadOffsets(start, valid, bits)
        default:
            let width = type.byteWidth!
            if let source = borrowed {
                buffer.append(contentsOf: source.bytes)
                borrowed = nil
            }
            buffer.resize(to: (start + rows) * width)
            switch width {
            case 1: spread(UInt8.self, start, valid, bits)
            case 2: spread(UInt16.self, start, valid, bits)
            case 4: spread(UInt32.self, start, valid, bits)
            default: spread(UInt64.self, start, valid, bits)
            }
        }
        count = start + rows
    }

    @inline(__always)
    private func spread<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, _ start: Int, _ valid: Int, _ bits: Bitmap) {
        guard let output = buffer.elements(as: T.self).baseAddress.map({ $0 + start }) else { return }
        var source = valid
        var end = bits.count
        // A word of bits at a time; once all before is dense, nothing moves any more.
        while end > 0 && source < end {
            let first = (end - 1) & ~63
            let word = bits.word(at: first)
            var row = end - 1
            while row >= first {
                if word >> UInt64(row - first) & 1 == 1 {
                    source -= 1
                    output[row] = output[source]
                } else {
                    output[row] = 0
                }
                row -= 1
            }
            end = first
        }
    }

    private func spreadBits(_ start: Int, _ valid: Int, _ bits: Bitmap) {
        growBits(to: start + bits.count)
        let bytes = buffer.elements(as: UInt8.self)
        var source = start + valid
        for row in stride(from: bits.count - 1, through: 0, by: -1) {
            var bit = false
            if bits[row] {
                source -= 1
                bit = bytes[source >> 3] >> UInt8(source & 7) & 1 == 1
            }
            let target = start + row
            bytes[target >> 3] = bytes[target >> 3] & ~(1 << UInt8(target & 7)) | (bit ? 1 << UInt8(target & 7) : 0)
        }
    }

    private func spreadOffsets(_ start: Int, _ valid: Int, _ bits: Bitmap) {
        offsets.resize(to: (start + bits.count + 1) * 8)
        let ends = offsets.elements(as: Int64.self)
        var source = start + valid
        for row in stride(from: bits.count - 1, through: 0, by: -1) {
            ends[start + row + 1] = ends[source]
            if bits[row] { source -= 1 }
        }
    }

    /// The finished column.
    mutating func finish(validity: Bitmap?) -> Column {
        switch type {
        case .bool:
            growBits(to: count)
            return Column(bits: Bitmap(buffer: buffer.freeze(), count: count), validity: validity)
        case .string, .binary:
            return Column(type, count: count, offsets: offsets.freeze(), values: buffer.freeze(), validity: validity)
        default:
            return Column(type, count: count, values: borrowed ?? buffer.freeze(), validity: validity)
        }
    }
}
