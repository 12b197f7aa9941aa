import Columnar
import Foundation

/// Encodes keys one at a time into the same memory, byte for byte as `KeyEncoder` encodes columns of them.
///
/// Invariant: `length` bytes from `base` are the key so far, or `isTooLong` is set, and nothing is written behind the
/// capacity.
struct KeyWriter {
    /// The longest key and what one more component of fixed width may add.
    static let capacity = EncodedKeys.maximumLength + 9

    private let base: UnsafeMutableRawPointer
    private var length = 0
    private var isTooLong = false

    /// - Parameter memory: at least `capacity` bytes, which must live as long as the writer.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count >= Self.capacity)
        base = memory.baseAddress!
    }

    /// The key's bytes, good until the next one is begun; nil if it is longer than any key that a store holds.
    var key: UnsafeRawBufferPointer? {
        isTooLong || length > EncodedKeys.maximumLength ? nil : UnsafeRawBufferPointer(start: base, count: length)
    }

    /// Begins a key.
    @inline(__always)
    mutating func begin() {
        length = 0
        isTooLong = false
    }

    @inline(__always)
    mutating func append(_ value: Int64) { append(word: (UInt64(bitPattern: value) ^ (1 << 63)).bigEndian) }

    @inline(__always)
    mutating func append(_ value: Int32) { append(word: (UInt32(bitPattern: value) ^ (1 << 31)).bigEndian) }

    @inline(__always)
    mutating func append(_ value: Bool) { append(word: UInt8(value ? 1 : 0)) }

    /// Appends a string's or bytes' component, with zeros escaped.
    @inline(__always)
    mutating func append(_ text: UnsafeRawBufferPointer) {
        guard length + text.count <= EncodedKeys.maximumLength else {
            isTooLong = true
            return
        }
        if let start = text.baseAddress, memchr(start, 0, text.count) != nil {
            for byte in text {
                append(word: byte)
                if byte == 0 { append(word: UInt8(0xff)) }
            }
        } else if let start = text.baseAddress {
            memcpy(base + length, start, text.count)
            length += text.count
        }
        append(word: UInt8(0))
        append(word: UInt8(1))
    }

    @inline(__always)
    private mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(word: Word) {
        guard length <= EncodedKeys.maximumLength else {
            isTooLong = true
            return
        }
        base.storeBytes(of: word, toByteOffset: length, as: Word.self)
        length += MemoryLayout<Word>.size
    }
}
