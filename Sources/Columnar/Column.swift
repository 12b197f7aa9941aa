/// Typed values of one column, in Arrow's memory layout, immutable and cheap to copy and slice.
///
/// | type | `values` | `offsets` | `child` |
/// |---|---|---|---|
/// | fixed width | `count` values, little-endian | – | – |
/// | bool | bits, from bit `bitOffset` | – | – |
/// | string, binary | the bytes of all rows | `count + 1` Int64 (Arrow's large layout) | – |
/// | list | – | `count + 1` Int64 into `child` | the elements |
/// | fixed-size list | – | – | `count` × size elements |
///
/// `values` behind a null is unspecified but readable.
public struct Column: Sendable {
    public let type: DataType
    /// Rows.
    public let count: Int
    /// Set bits are valid rows; nil means that no row is null.
    public let validity: Bitmap?
    public let values: Buffer
    /// First bit in `values`, for bool only.
    public let bitOffset: Int
    public let offsets: Buffer
    private let children: [Column]

    /// The elements of a list column.
    public var child: Column? { children.first }

    private init(
        type: DataType, count: Int, validity: Bitmap?, values: Buffer, bitOffset: Int, offsets: Buffer,
        children: [Column]
    ) {
        precondition(validity.map { $0.count == count } ?? true)
        self.type = type
        self.count = count
        self.validity = validity
        self.values = values
        self.bitOffset = bitOffset
        self.offsets = offsets
        self.children = children
    }

    /// A column of fixed-width values.
    public init(_ type: DataType, count: Int, values: Buffer, validity: Bitmap? = nil) {
        guard let width = type.byteWidth else { preconditionFailure("\(type) is not of fixed width") }
        precondition(values.count >= count * width)
        self.init(
            type: type, count: count, validity: validity, values: values, bitOffset: 0, offsets: .empty, children: [])
    }

    /// A column of booleans.
    public init(bits: Bitmap, validity: Bitmap? = nil) {
        self.init(
            type: .bool, count: bits.count, validity: validity, values: bits.buffer, bitOffset: bits.bitOffset,
            offsets: .empty, children: [])
    }

    /// A column of strings or bytes; `offsets` holds `count + 1` ascending Int64 within `values`.
    public init(_ type: DataType, count: Int, offsets: Buffer, values: Buffer, validity: Bitmap? = nil) {
        precondition(type.isVariableWidth && offsets.count >= (count + 1) * 8)
        self.init(
            type: type, count: count, validity: validity, values: values, bitOffset: 0, offsets: offsets, children: [])
    }

    /// A column of lists; `offsets` holds `count + 1` ascending Int64 within `child`.
    public init(listOf child: Column, count: Int, offsets: Buffer, validity: Bitmap? = nil) {
        precondition(offsets.count >= (count + 1) * 8)
        self.init(
            type: .list(child.type), count: count, validity: validity, values: .empty, bitOffset: 0, offsets: offsets,
            children: [child])
    }

    /// A column of vectors of `size` elements each.
    public init(vectorsOf child: Column, size: Int, count: Int, validity: Bitmap? = nil) {
        precondition(child.count == count * size)
        self.init(
            type: .fixedSizeList(child.type, size), count: count, validity: validity, values: .empty, bitOffset: 0,
            offsets: .empty, children: [child])
    }

    /// The fixed-width values; valid only while this column is kept alive by the caller.
    @inlinable
    public func elements<T>(as type: T.Type = T.self) -> UnsafeBufferPointer<T> { values.elements(as: T.self) }

    /// The Int64 offsets of strings, bytes and lists; valid only while this column is kept alive by the caller.
    @inlinable
    public var offsetElements: UnsafeBufferPointer<Int64> { offsets.elements(as: Int64.self) }

    /// The bits of a bool column.
    public var bits: Bitmap { Bitmap(buffer: values, bitOffset: bitOffset, count: count) }

    @inlinable
    public func isNull(_ row: Int) -> Bool {
        guard let validity else { return false }
        return !validity[row]
    }

    /// Complexity: O(count / 64).
    public var nullCount: Int { validity.map { count - $0.countSetBits() } ?? 0 }

    /// The bytes of a string or bytes value; valid only while this column is kept alive by the caller.
    @inlinable
    public func bytes(at row: Int) -> UnsafeRawBufferPointer {
        let offsets = offsetElements
        return UnsafeRawBufferPointer(rebasing: values.bytes[Int(offsets[row])..<Int(offsets[row + 1])])
    }

    /// The same values under another type of the same layout (for example int64 as timestamp).
    public func reinterpreted(as type: DataType) -> Column {
        precondition(type.byteWidth == self.type.byteWidth && type.isVariableWidth == self.type.isVariableWidth)
        return Column(
            type: type, count: count, validity: validity, values: values, bitOffset: bitOffset, offsets: offsets,
            children: children)
    }

    /// The rows `range`, without a copy.
    public func slice(_ range: Range<Int>) -> Column {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let slicedValidity = validity?.slice(range)
        switch type {
        case .bool:
            return Column(bits: bits.slice(range), validity: slicedValidity)
        case .string, .binary:
            return Column(
                type, count: range.count,
                offsets: offsets.slice(range.lowerBound * 8..<(range.upperBound + 1) * 8), values: values,
                validity: slicedValidity)
        case .list:
            return Column(
                listOf: children[0], count: range.count,
                offsets: offsets.slice(range.lowerBound * 8..<(range.upperBound + 1) * 8), validity: slicedValidity)
        case .fixedSizeList(_, let size):
            return Column(
                vectorsOf: children[0].slice(range.lowerBound * size..<range.upperBound * size), size: size,
                count: range.count, validity: slicedValidity)
        default:
            let width = type.byteWidth!
            return Column(
                type, count: range.count, values: values.slice(range.lowerBound * width..<range.upperBound * width),
                validity: slicedValidity)
        }
    }
}
