import Columnar

/// Recognises keys without holding them: SipHash-2-4 with 128 bits, keyed by a secret of the store (Aumasson and Bernstein
/// 2012, "SipHash: a fast short-input PRF").
///
/// Who has the secret can try keys out, which is what recognising them means; who has not, learns nothing.
struct KeyDigest: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// - Parameter secret: 16 bytes.
    init(secret: [UInt8]) {
        precondition(secret.count == 16)
        (first, second) = secret.withUnsafeBytes {
            (
                UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// A digest of its own for keys under these names, so that equal values of different names are told apart.
    func forKeys(named names: [String]) -> KeyDigest {
        let text = Array(names.joined(separator: "\u{0}").utf8)
        return KeyDigest(secret: Self.bytes(of: text.withUnsafeBytes { digest(of: $0) }))
    }

    private static func bytes(of value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.low.littleEndian, Array.init)
            + withUnsafeBytes(of: value.high.littleEndian, Array.init)
    }

    /// 128 bits.
    struct Value: Hashable, Sendable, CustomStringConvertible {
        var low: UInt64
        var high: UInt64

        /// 32 hexadecimal digits, the bytes in the order of the reference implementation.
        var description: String {
            KeyDigest.bytes(of: self).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

        /// Reads what `description` writes; nil for anything else.
        init?(_ text: String) {
            guard text.utf8.count == 32, let first = UInt64(text.prefix(16), radix: 16),
                let second = UInt64(text.suffix(16), radix: 16)
            else { return nil }
            (low, high) = (first.byteSwapped, second.byteSwapped)
        }
    }

    func digest(of bytes: UnsafeRawBufferPointer) -> Value {
        var state = State(first, second)
        let whole = bytes.count & ~7
        var position = 0
        while position < whole {
            state.take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
            position += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        for (place, byte) in bytes[whole...].enumerated() { last |= UInt64(byte) << UInt64(8 * place) }
        state.take(last)
        return state.finished()
    }

    private struct State {
        private var a, b, c, d: UInt64

        init(_ first: UInt64, _ second: UInt64) {
            a = first ^ 0x736f_6d65_7073_6575
            b = second ^ 0x646f_7261_6e64_6f6d ^ 0xee
            c = first ^ 0x6c79_6765_6e65_7261
            d = second ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func take(_ word: UInt64) {
            d ^= word
            round()
            round()
            a ^= word
        }

        mutating func finished() -> Value {
            c ^= 0xee
            for _ in 0..<4 { round() }
            let low = a ^ b ^ c ^ d
            b ^= 0xdd
            for _ in 0..<4 { round() }
            return Value(low: low, high: a ^ b ^ c ^ d)
        }

        @inline(__always)
        private mutating func round() {
            a &+= b
            b = rotated(b, 13) ^ a
            a = rotated(a, 32)
            c &+= d
            d = rotated(d, 16) ^ c
            a &+= d
            d = rotated(d, 21) ^ a
            c &+= b
            b = rotated(b, 17) ^ c
            c = rotated(c, 32)
        }

        @inline(__always)
        private func rotated(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
    }
}
