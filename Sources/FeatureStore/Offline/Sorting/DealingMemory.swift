import Columnar

/// Memory for dealt columns, used for one after the other: to ask the system for it anew each time would cost as much as the
/// dealing.
final class DealingMemory {
    private let valueBytes = MutableBuffer()
    private let validityBytes = MutableBuffer()

    /// Room for values; what was written there stays for those who hold `values`, and is lost with the next call.
    func reserveValues(bytes: Int) -> UnsafeMutableRawPointer {
        valueBytes.resize(to: bytes)
        return valueBytes.base
    }

    func reserveValidity(rows: Int) -> UnsafeMutableRawPointer {
        validityBytes.resize(to: rows)
        return validityBytes.base
    }

    var values: Buffer { Self.shared(valueBytes) }
    var validity: Buffer { Self.shared(validityBytes) }

    private static func shared(_ bytes: MutableBuffer) -> Buffer {
        Buffer(base: UnsafeRawPointer(bytes.base), count: bytes.count, owner: bytes)
    }
}
