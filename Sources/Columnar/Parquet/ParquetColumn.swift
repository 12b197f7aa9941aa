/// A top-level column of a file: where its leaf is, how its levels read, and its type; or why it cannot be read.
struct ParquetColumn: Sendable {
    let name: String
    let field: Field
    /// The leaf's place among the chunks of a row group; nil if the column cannot be read.
    let leaf: Int
    let physical: PhysicalType
    let typeLength: Int
    /// Definition level of a value; one less for each optional or repeated node above it.
    let maximumDefinition: Int
    let maximumRepetition: Int
    /// For a list: the definition level from which on the list itself is there, and from which on it has an element.
    let listDefinition: Int
    let elementDefinition: Int
    /// Why the column cannot be read.
    let refusal: String?

    var isList: Bool { maximumRepetition == 1 }
}

extension ParquetColumn {
    /// The top-level columns of a schema (depth first, the root first).
    static func columns(of schema: [ParquetMetadata.SchemaElement]) throws(ThriftReader.Failure) -> [ParquetColumn] {
        var reader = SchemaReader(schema: schema)
        guard let root = reader.next() else { throw ThriftReader.Failure() }
        var columns: [ParquetColumn] = []
        for _ in 0..<max(0, root.childCount) { columns.append(try reader.column()) }
        return columns
    }
}

/// Walks the flattened schema tree.
private struct SchemaReader {
    let schema: [ParquetMetadata.SchemaElement]
    private var position = 0
    private var leaf = 0

    init(schema: [ParquetMetadata.SchemaElement]) { self.schema = schema }

    mutating func next() -> ParquetMetadata.SchemaElement? {
        guard position < schema.count else { return nil }
        defer { position += 1 }
        return schema[position]
    }

    mutating func column() throws(ThriftReader.Failure) -> ParquetColumn {
        guard let top = next() else { throw ThriftReader.Failure() }
        let definition = top.repetition == .required ? 0 : 1
        if top.childCount == 0 {
            if top.repetition == .repeated {
                return leafColumn(top, named: top.name, isNullable: false, definition: 1, list: (0, 1))
            }
            return leafColumn(top, named: top.name, isNullable: definition == 1, definition: definition, list: nil)
        }
        let firstLeaf = leaf
        if top.childCount == 1, top.repetition != .repeated, let repeated = next(), repeated.repetition == .repeated {
            // LogicalTypes.md, Lists: a repeated group of one element, or (two levels) a repeated element.
            if repeated.childCount == 0 {
                return leafColumn(
                    repeated, named: top.name, isNullable: definition == 1, definition: definition + 1,
                    list: (definition, definition + 1))
            }
            if repeated.childCount == 1, let element = next() {
                if element.childCount == 0 && element.repetition != .repeated {
                    return leafColumn(
                        element, named: top.name, isNullable: definition == 1,
                        definition: definition + 1 + (element.repetition == .optional ? 1 : 0),
                        list: (definition, definition + 1))
                }
                try skipChildren(of: element)
                return refused(top, firstLeaf)
            }
            try skipChildren(of: repeated)
            return refused(top, firstLeaf)
        }
        // One child that is not repeated was taken above.
        if top.childCount == 1, position > 0, schema[position - 1].repetition != .repeated, top.repetition != .repeated
        {
            try skipChildren(of: schema[position - 1])
        } else {
            try skipChildren(of: top)
        }
        return refused(top, firstLeaf)
    }

    private mutating func skipChildren(
        of element: ParquetMetadata.SchemaElement, depth: Int = 0
    ) throws(ThriftReader.Failure) {
        guard depth < 64 else { throw ThriftReader.Failure() }
        if element.childCount == 0 { leaf += 1 }
        for _ in 0..<max(0, element.childCount) {
            guard let child = next() else { throw ThriftReader.Failure() }
            try skipChildren(of: child, depth: depth + 1)
        }
    }

    private func refused(_ top: ParquetMetadata.SchemaElement, _ firstLeaf: Int) -> ParquetColumn {
        ParquetColumn(
            name: top.name, field: Field(top.name, .binary), leaf: firstLeaf, physical: .byteArray, typeLength: 0,
            maximumDefinition: 0, maximumRepetition: 0, listDefinition: 0, elementDefinition: 0,
            refusal: "is nested deeper than one list of plain values; flatten it where the file is written")
    }

    private mutating func leafColumn(
        _ element: ParquetMetadata.SchemaElement, named name: String, isNullable: Bool, definition: Int,
        list: (Int, Int)?
    ) -> ParquetColumn {
        defer { leaf += 1 }
        let type = element.dataType
        let base = type ?? .binary
        return ParquetColumn(
            name: name, field: Field(name, list == nil ? base : .list(base), isNullable: isNullable), leaf: leaf,
            physical: element.type ?? .byteArray, typeLength: Int(element.typeLength), maximumDefinition: definition,
            maximumRepetition: list == nil ? 0 : 1, listDefinition: list?.0 ?? 0, elementDefinition: list?.1 ?? 0,
            refusal: type == nil
                ? "has a type that cannot be read (\(element.typeName)); cast it where the file is written" : nil)
    }
}

extension ParquetMetadata.SchemaElement {
    /// The column type; nil if it cannot be read.
    fileprivate var dataType: DataType? {
        switch (type, logical) {
        case (_, .decimal), (_, .time), (_, .map): nil
        case (.boolean, _): .bool
        case (.int32, .date): .date32
        case (.int32, .integer(let bits, let isSigned)):
            switch (bits, isSigned) {
            case (8, true): .int8
            case (16, true): .int16
            case (8, false): .uint8
            case (16, false): .uint16
            case (32, false): .uint32
            default: .int32
            }
        case (.int32, _): .int32
        case (.int64, .timestamp(let unit, let isUTC)): .timestamp(unit, zone: isUTC ? "UTC" : nil)
        case (.int64, .integer(_, isSigned: false)): .uint64
        case (.int64, _): .int64
        case (.int96, _): .timestamp(.nanoseconds, zone: "UTC")
        case (.float, _): .float32
        case (.double, _): .float64
        case (.byteArray, .string): .string
        case (.byteArray, _): .binary
        case (.fixedLengthByteArray, .float16): typeLength == 2 ? .float16 : nil
        case (.fixedLengthByteArray, _): typeLength > 0 ? .binary : nil
        case (nil, _): nil
        }
    }

    fileprivate var typeName: String {
        switch logical {
        case .decimal: "decimal"
        case .time: "time of day"
        case .map: "map"
        default: "physical type \(type.map { "\($0)" } ?? "unknown")"
        }
    }
}
