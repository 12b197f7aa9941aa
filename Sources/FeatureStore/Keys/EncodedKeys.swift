import Columnar
import Foundation

/// Entity keys as bytes whose `memcmp` order is the typed order of the keys, component by component.
///
/// One encoding serves the offline sort, the join's merge and the online store, so that all agree on what a key is.
/// Keys of fixed width up to 8 bytes are exactly their prefix, and compare as one machine word.
struct EncodedKeys: Sendable {
    /// The longest encoded key: LMDB's limit (`MDB_MAXKEYSIZE`).
    static let maximumLength = 511

    let count: Int
    /// `count + 1` Int64 offsets into `bytes`.
    let offsets: Buffer
    let bytes: Buffer
    /// The first 8 bytes of each key, big-endian, zero-padded: `count` UInt64.
    let prefixes: Buffer
    /// Whether a key's prefix is all of it, so that no bytes need to be compared.
    let prefixIsWhole: Bool
    /// Set where no component is null; nil means that all keys are whole.
    let validity: Bitmap?

    func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }

    /// The bytes of one key; valid only while the keys are kept alive by the caller.
    func bytes(at row: Int) -> UnsafeRawBufferPointer {
        let offsets = offsets.elements(as: Int64.self)
        return UnsafeRawBufferPointer(rebasing: bytes.bytes[Int(offsets[row])..<Int(offsets[row + 1])])
    }

    /// The bytes of one key as `bytes(at:)` gives them; nil if a component of it is null.
    func wholeBytes(at row: Int) -> UnsafeRawBufferPointer? { isNull(row) ? nil : bytes(at: row) }

    /// Negative, zero or positive as key `row` orders before, equals, or orders after key `otherRow` of `other`.
    ///
    /// - Precondition: both were encoded for the same key types.
    @inline(__always)
    func compare(_ row: Int, with other: EncodedKeys, _ otherRow: Int) -> Int {
        let a = prefixes.elements(as: UInt64.self)[row]
        let b = other.prefixes.elements(as: UInt64.self)[otherRow]
        if a != b { return a < b ? -1 : 1 }
        return prefixIsWhole ? 0 : compareBytes(row, with: other, otherRow)
    }

    private func compareBytes(_ row: Int, with other: EncodedKeys, _ otherRow: Int) -> Int {
        let a = bytes(at: row)
        let b = other.bytes(at: otherRow)
        guard let left = a.baseAddress, let right = b.baseAddress else { return a.count - b.count }
        let order = Int(memcmp(left, right, min(a.count, b.count)))
        return order != 0 ? order : a.count - b.count
    }
}
