import Columnar

/// A column of one value a question, null until it is set.
final class WindowOutput<Element: BitwiseCopyable> {
    private let type: DataType
    private let count: Int
    private let values: MutableBuffer
    private let validity: MutableBuffer
    /// Into the buffers, which do not grow.
    private let target: UnsafeMutablePointer<Element>
    private let bits: UnsafeMutablePointer<UInt8>

    init(_ type: DataType, count: Int) {
        self.type = type
        self.count = count
        values = MutableBuffer(zeroed: count * MemoryLayout<Element>.size)
        validity = MutableBuffer(zeroed: (count + 7) / 8)
        target = values.base.assumingMemoryBound(to: Element.self)
        bits = validity.base.assumingMemoryBound(to: UInt8.self)
    }

    @inline(__always)
    func set(_ query: Int, _ value: Element) {
        target[query] = value
        bits[query >> 3] |= 1 << UInt8(query & 7)
    }

    func finish() -> Column {
        let bitmap = Bitmap(buffer: validity.freeze(), count: count)
        return Column(
            type, count: count, values: values.freeze(), validity: bitmap.countSetBits() == count ? nil : bitmap)
    }
}
