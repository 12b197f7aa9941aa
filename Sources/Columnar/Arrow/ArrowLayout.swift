/// How a foreign array lies in memory, as its schema says, and with that the type its column gets here.
indirect enum ArrowLayout: Hashable, Sendable {
    /// Values as our columns hold them.
    case fixedWidth(DataType)
    /// Booleans, a bit each.
    case bits
    /// Strings or bytes behind offsets.
    case variableWidth(DataType, OffsetWidth)
    /// Strings or bytes behind 16-byte views, short ones within the view.
    case views(DataType)
    /// Bytes of one length, without offsets.
    case fixedSizeBinary(Int)
    case list(ArrowLayout, OffsetWidth)
    case fixedSizeList(ArrowLayout, Int)
    /// Rows as indices (of an integer type) into distinct values.
    case dictionary(indices: DataType, values: ArrowLayout)
    /// Nothing but nulls, without memory.
    case nulls

    enum OffsetWidth: Int {
        case bits32 = 4
        case bits64 = 8

        var byteCount: Int { rawValue }
    }

    /// The type of the imported column.
    var type: DataType {
        switch self {
        case .fixedWidth(let type), .variableWidth(let type, _), .views(let type): type
        case .bits: .bool
        case .fixedSizeBinary: .binary
        case .list(let element, _): .list(element.type)
        case .fixedSizeList(let element, let size): .fixedSizeList(element.type, size)
        case .dictionary(indices: _, let values): values.type
        case .nulls: .string
        }
    }

    /// The fewest buffers that an array of this layout must come with.
    var bufferCount: Int {
        switch self {
        case .nulls: 0
        case .fixedSizeList: 1
        case .fixedWidth, .bits, .fixedSizeBinary, .list, .dictionary: 2
        case .variableWidth, .views: 3
        }
    }
}
