/// A top-level column of a file that can be read: where its values are, how its levels read, and its type.
struct ParquetColumn: Sendable {
    let field: Field
    /// The leaf's place among the chunks of a row group.
    let leaf: Int
    let physical: PhysicalType
    /// The type of a value: of an element if the column is a list.
    let valueType: DataType
    /// The type that values are collected in before they become `valueType`; another one for decimals only.
    let collectedType: DataType
    /// Whether values can be written straight to where the column keeps them.
    var isCollectedAsFixedWidth: Bool { collectedType == valueType && valueType.byteWidth != nil }

    /// Bytes of a FIXED_LEN_BYTE_ARRAY value.
    let typeLength: Int
    /// Definition level of a value that is not null: one for each optional or repeated node on its path.
    let maximumDefinition: Int
    /// Of a list only.
    let list: ListLevels?

    /// The definition levels that tell apart null lists, empty lists and elements (Dremel, Melnik 2010, §4.1).
    struct ListLevels: Sendable {
        /// From this level on the list is not null.
        let present: Int
        /// From this level on the list has an element.
        let element: Int
    }
}

/// A column that cannot be read; the others of its file can.
public struct UnreadableColumn: Hashable, Sendable {
    public let name: String
    /// What it is and what to do, as an error says it.
    public let reason: String
}

/// The top-level columns of a flattened schema (parquet.thrift, FileMetaData.schema: depth first, the root first).
struct ParquetSchema: Sendable {
    private(set) var columns: [ParquetColumn] = []
    private(set) var unreadable: [UnreadableColumn] = []
    /// The number of chunks that a row group has.
    private(set) var leafCount = 0

    init(_ elements: [ParquetMetadata.SchemaElement]) throws(ThriftReader.Failure) {
        guard let root = elements.first, root.childCount >= 0 else { throw ThriftReader.Failure() }
        var position = 1
        for _ in 0..<root.childCount {
            let end = try Self.subtreeEnd(elements, from: position)
            let nodes = elements[position..<end]
            switch Self.column(Array(nodes), leaf: leafCount) {
            case .success(let column): columns.append(column)
            case .failure(let refusal):
                unreadable.append(UnreadableColumn(name: nodes[position].name, reason: refusal.reason))
            }
            leafCount += nodes.count { $0.isLeaf }
            position = end
        }
    }

    private struct Refusal: Error { let reason: String }

    private static func subtreeEnd(
        _ elements: [ParquetMetadata.SchemaElement], from start: Int
    ) throws(ThriftReader.Failure) -> Int {
        var position = start
        var pending = 1
        while pending > 0 {
            guard position < elements.count, elements[position].childCount >= 0 else { throw ThriftReader.Failure() }
            pending += Int(elements[position].childCount) - 1
            position += 1
        }
        return position
    }

    /// Reads one column's subtree (LogicalTypes.md, Lists, with the rules for older writers).
    private static func column(_ nodes: [ParquetMetadata.SchemaElement], leaf: Int) -> Result<ParquetColumn, Refusal> {
        let top = nodes[0]
        let optional = top.repetition == .optional ? 1 : 0
        let isAnnotatedList = top.logical == .list && top.repetition != .repeated && !top.isLeaf
        if nodes.count == 1 && top.isLeaf {
            guard top.repetition == .repeated else {
                return column(top, of: top, leaf: leaf, definition: optional, list: nil)
            }
            return column(top, of: top, leaf: leaf, definition: 1, list: .init(present: 0, element: 1))
        }
        if nodes.count == 2, isAnnotatedList, nodes[1].isLeaf, nodes[1].repetition == .repeated {
            let list = ParquetColumn.ListLevels(present: optional, element: optional + 1)
            return column(nodes[1], of: top, leaf: leaf, definition: optional + 1, list: list)
        }
        if nodes.count == 3, isAnnotatedList, nodes[1].repetition == .repeated, nodes[2].isLeaf,
            nodes[2].repetition != .repeated, nodes[1].name != "array", nodes[1].name != top.name + "_tuple"
        {
            let list = ParquetColumn.ListLevels(present: optional, element: optional + 1)
            let definition = optional + 1 + (nodes[2].repetition == .optional ? 1 : 0)
            return column(nodes[2], of: top, leaf: leaf, definition: definition, list: list)
        }
        let kind =
            top.logical == .map ? "a map" : top.logical == .list ? "a list of lists or structures" : "a structure"
        return .failure(Refusal(reason: "is \(kind), which cannot be read; flatten it where the file is written"))
    }

    private static func column(
        _ node: ParquetMetadata.SchemaElement, of top: ParquetMetadata.SchemaElement, leaf: Int, definition: Int,
        list: ParquetColumn.ListLevels?
    ) -> Result<ParquetColumn, Refusal> {
        guard let physical = node.type, let type = node.dataType(physical) else {
            return .failure(
                Refusal(reason: "is \(node.typeName), which cannot be read; cast it where the file is written"))
        }
        let field = Field(top.name, list == nil ? type : .list(type), isNullable: top.repetition == .optional)
        return .success(
            ParquetColumn(
                field: field, leaf: leaf, physical: physical, valueType: type,
                collectedType: type.collectedType(physical), typeLength: Int(node.typeLength),
                maximumDefinition: definition, list: list))
    }
}

extension ParquetMetadata.SchemaElement {
    /// The longest FIXED_LEN_BYTE_ARRAY that is read.
    private static let maximumTypeLength: Int32 = 1 << 20

    /// The column type; nil if it cannot be read.
    fileprivate func dataType(_ physical: PhysicalType) -> DataType? {
        switch (physical, logical) {
        case (_, .map), (_, .list): nil
        case (_, .decimal(let precision, let scale)): decimalType(physical, precision: precision, scale: scale)
        case (.int32, .time(.milliseconds)): .time(.milliseconds)
        case (.int64, .time(let unit)) where unit != .milliseconds: .time(unit)
        case (_, .time): nil
        case (.boolean, _): .bool
        case (.int32, .date): .date32
        case (.int32, .integer(let bits, let isSigned)): Self.integerType(bits: bits, isSigned: isSigned)
        case (.int32, _): .int32
        case (.int64, .timestamp(let unit, let isUTC)): .timestamp(unit, zone: isUTC ? "UTC" : nil)
        case (.int64, .integer(_, isSigned: false)): .uint64
        case (.int64, _): .int64
        case (.int96, _): .instant
        case (.float, _): .float32
        case (.double, _): .float64
        case (.byteArray, .string): .string
        case (.byteArray, _): .binary
        case (.fixedLengthByteArray, .float16): typeLength == 2 ? .float16 : nil
        case (.fixedLengthByteArray, _): (1...Self.maximumTypeLength).contains(typeLength) ? .binary : nil
        }
    }

    private static func integerType(bits: Int, isSigned: Bool) -> DataType? {
        switch bits {
        case 8: isSigned ? .int8 : .uint8
        case 16: isSigned ? .int16 : .uint16
        case 32: isSigned ? .int32 : .uint32
        default: nil
        }
    }

    private func decimalType(_ physical: PhysicalType, precision: Int, scale: Int) -> DataType? {
        guard (1...FixedPoint.maximumPrecision).contains(precision), (0...precision).contains(scale) else { return nil }
        switch physical {
        case .int32, .int64, .byteArray: break
        case .fixedLengthByteArray where (1...Self.maximumTypeLength).contains(typeLength): break
        default: return nil
        }
        return .decimal(precision: precision, scale: scale)
    }

    fileprivate var typeName: String {
        switch logical {
        case .decimal(let precision, let scale): "a decimal of \(precision) digits, \(scale) of them behind the point"
        case .time: "a time of day in an unknown form"
        default: "of a physical type that this version does not know"
        }
    }
}

extension DataType {
    fileprivate func collectedType(_ physical: PhysicalType) -> DataType {
        guard case .decimal = self else { return self }
        return physical == .int32 ? .int32 : physical == .int64 ? .int64 : .binary
    }
}
