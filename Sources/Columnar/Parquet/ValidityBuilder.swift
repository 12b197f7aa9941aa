import Foundation

/// Collects validity bits; holds none until the first null.
struct ValidityBuilder {
    private var buffer: MutableBuffer?
    private(set) var count = 0

    mutating func appendValid(_ number: Int) {
        if buffer != nil { append(repeating: true, count: number) } else { count += number }
    }

    mutating func append(repeating bit: Bool, count number: Int) {
        if bit && buffer == nil {
            count += number
            return
        }
        let bytes = grow(by: number)
        var position = count
        let end = count + number
        while position < end {
            if position & 7 == 0 && end - position >= 8 {
                let whole = (end - position) >> 3
                memset(bytes + position >> 3, bit ? 0xff : 0, whole)
                position += whole * 8
            } else {
                if bit { bytes[position >> 3] |= 1 << UInt8(position & 7) }
                position += 1
            }
        }
        count = end
    }

    /// Appends packed bits, least significant first.
    mutating func append(packed source: UnsafePointer<UInt8>, count number: Int) {
        let bytes = grow(by: number)
        if count & 7 == 0 {
            memcpy(bytes + count >> 3, source, (number + 7) / 8)
            if number & 7 != 0 { bytes[(count + number) >> 3] &= 1 << UInt8(number & 7) - 1 }
        } else {
            for i in 0..<number where source[i >> 3] >> UInt8(i & 7) & 1 == 1 {
                bytes[(count + i) >> 3] |= 1 << UInt8((count + i) & 7)
            }
        }
        count += number
    }

    /// Appends the definition levels of a page of a flat column; returns how many values are there.
    mutating func append(
        _ levels: UnsafeRawBufferPointer, count number: Int, maximum: Int
    ) throws(ParquetDamage) -> Int {
        guard maximum == 1 else { throw ParquetDamage("has levels that a flat column cannot have") }
        do throws(RunLengthDecoder.Failure) {
            var decoder = try RunLengthDecoder(levels, bitWidth: 1, count: number)
            var valid = 0
            while let run = try decoder.next() {
                switch run {
                case .repeated(let value, let count):
                    append(repeating: value != 0, count: count)
                    if value != 0 { valid += count }
                case .packed(let start, let count):
                    guard let base = levels.baseAddress else { throw RunLengthDecoder.Failure() }
                    let source = (base + start).assumingMemoryBound(to: UInt8.self)
                    for i in 0..<count / 8 { valid += source[i].nonzeroBitCount }
                    if count & 7 != 0 { valid += (source[count / 8] & (1 << UInt8(count & 7) - 1)).nonzeroBitCount }
                    append(packed: source, count: count)
                }
            }
            return valid
        } catch {
            throw ParquetDamage("has unreadable definition levels; the file is damaged")
        }
    }

    /// The bits of `range`, valid until more are appended.
    func bits(_ range: Range<Int>) -> Bitmap {
        guard let buffer else { return Bitmap(buffer: .empty, count: 0) }
        return Bitmap(
            buffer: Buffer(base: UnsafeRawPointer(buffer.base), count: buffer.count, owner: nil),
            bitOffset: range.lowerBound, count: range.count)
    }

    /// Makes room for `number` more bits, cleared; the bits so far become explicit.
    private mutating func grow(by number: Int) -> UnsafeMutablePointer<UInt8> {
        let target: MutableBuffer
        if let buffer {
            target = buffer
        } else {
            target = MutableBuffer(capacity: (count + number + 7) / 8)
            target.resize(to: (count + 7) / 8)
            memset(target.base, 0xff, target.count)
            if count & 7 != 0 { target.elements(as: UInt8.self)[count >> 3] = 1 << UInt8(count & 7) - 1 }
            buffer = target
        }
        let before = target.count
        let needed = (count + number + 7) / 8
        if needed > before {
            target.resize(to: needed)
            memset(target.base + before, 0, needed - before)
        }
        return target.base.assumingMemoryBound(to: UInt8.self)
    }

    mutating func finish() -> Bitmap? {
        defer { self = ValidityBuilder() }
        guard let buffer else { return nil }
        return Bitmap(buffer: buffer.freeze(), count: count)
    }
}
