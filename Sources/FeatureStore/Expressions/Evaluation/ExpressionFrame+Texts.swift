import Columnar
import Foundation

extension ExpressionFrame {
    func performOnTexts(_ step: Step) {
        let (int, slice) = (Int64.self, TextSlice.self)
        let a = values(step.arguments.0, slice)
        switch step.operation {
        case .lengthOfText: unary(step, slice, int) { Self.scalarCount($0) }
        case .lengthOfBytes: unary(step, slice, int) { Int64($0.count) }
        case .lowercase: text(step) { cased(a[$0], from: "A", to: "Z") { $0.lowercased() } }
        case .uppercase: text(step) { cased(a[$0], from: "a", to: "z") { $0.uppercased() } }
        case .trim: text(step) { Self.trimmed(a[$0]) }
        case .contains: binary(step, slice, int) { Self.find($1, in: $0, from: 0) != nil ? 1 : 0 }
        case .startsWith:
            binary(step, slice, int) { $0.count >= $1.count && memcmp($0.base, $1.base, $1.count) == 0 ? 1 : 0 }
        case .endsWith:
            binary(step, slice, int) {
                $0.count >= $1.count && memcmp($0.base + ($0.count - $1.count), $1.base, $1.count) == 0 ? 1 : 0
            }
        case .concatenate:
            let b = values(step.arguments.1, slice)
            text(step) { joined(a[$0], b[$0]) }
        case .replace:
            let (part, new) = (values(step.arguments.1, slice), values(step.arguments.2, slice))
            text(step) { replaced(part[$0], in: a[$0], by: new[$0]) }
        case .substring:
            let (start, length) = (values(step.arguments.1, int), values(step.arguments.2, int))
            text(step) { Self.part(of: a[$0], start: start[$0], count: length[$0]) }
        case .bucketOfInteger:
            let buckets = UInt64(step.parameter)
            unary(step, int, int) { value in
                withUnsafeBytes(of: value.littleEndian) { Int64(XXHash64.hash($0) % buckets) }
            }
        default:
            let buckets = UInt64(step.parameter)
            unary(step, slice, int) { Int64(XXHash64.hash($0.bytes) % buckets) }
        }
    }

    private static func scalarCount(_ text: TextSlice) -> Int64 {
        var count: Int64 = 0
        for byte in text.bytes where byte & 0xc0 != 0x80 { count += 1 }
        return count
    }

    /// Letters between `first` and `last` in the other case; a text with letters beyond ASCII goes by `convert`.
    private func cased(
        _ text: TextSlice, from first: Unicode.Scalar, to last: Unicode.Scalar, _ convert: (String) -> String
    ) -> TextSlice? {
        guard text.bytes.allSatisfy({ $0 < 0x80 }) else {
            let converted = convert(text.string)
            return converted.utf8.count <= TextArena.maximumTextLength ? arena.copy(converted) : nil
        }
        let target = arena.take(text.count)
        let letters = UInt8(ascii: first)...UInt8(ascii: last)
        for (index, byte) in text.bytes.enumerated() { target[index] = letters.contains(byte) ? byte ^ 0x20 : byte }
        return TextSlice(UnsafeRawBufferPointer(target))
    }

    private static func trimmed(_ text: TextSlice) -> TextSlice {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        var (start, end) = (0, text.count)
        while start < end, isSpace(text.bytes[start]) { start += 1 }
        while end > start, isSpace(text.bytes[end - 1]) { end -= 1 }
        return TextSlice(base: text.base + start, count: end - start)
    }

    private static func find(_ part: TextSlice, in text: TextSlice, from start: Int) -> Int? {
        TextSearch.find(part.bytes, in: text.bytes, from: start)
    }

    private func joined(_ a: TextSlice, _ b: TextSlice) -> TextSlice? {
        guard a.count + b.count <= TextArena.maximumTextLength else { return nil }
        let target = arena.take(a.count + b.count)
        guard let base = target.baseAddress else { return .empty }
        memcpy(base, a.base, a.count)
        memcpy(base + a.count, b.base, b.count)
        return TextSlice(UnsafeRawBufferPointer(target))
    }

    private func replaced(_ part: TextSlice, in text: TextSlice, by new: TextSlice) -> TextSlice? {
        guard part.count > 0 else { return text }
        var hits = 0
        var position = 0
        while let hit = Self.find(part, in: text, from: position) {
            hits += 1
            position = hit + part.count
        }
        guard hits > 0 else { return text }
        let length = text.count + hits * (new.count - part.count)
        guard length <= TextArena.maximumTextLength else { return nil }
        let target = arena.take(length)
        guard let base = target.baseAddress else { return .empty }
        var written = 0
        position = 0
        while let hit = Self.find(part, in: text, from: position) {
            memcpy(base + written, text.base + position, hit - position)
            written += hit - position
            memcpy(base + written, new.base, new.count)
            written += new.count
            position = hit + part.count
        }
        memcpy(base + written, text.base + position, text.count - position)
        return TextSlice(UnsafeRawBufferPointer(target))
    }

    /// `count` scalars from the scalar `start` on, or as many as there are.
    private static func part(of text: TextSlice, start: Int64, count: Int64) -> TextSlice? {
        guard start >= 0, count >= 0 else { return nil }
        func skip(_ scalars: Int64, from position: Int) -> Int {
            var (left, position) = (scalars, position)
            while left > 0, position < text.count {
                position += 1
                while position < text.count, text.bytes[position] & 0xc0 == 0x80 { position += 1 }
                left -= 1
            }
            return position
        }
        let first = skip(start, from: 0)
        return TextSlice(base: text.base + first, count: skip(count, from: first) - first)
    }
}
