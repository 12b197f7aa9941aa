/// A node of the schema that a writer declares (parquet.thrift, SchemaElement).
struct SchemaNode {
    var name: String
    var type: DataType?
    var repetition: Repetition?
    var childCount: Int?
    var isList = false

    init(
        name: String, type: DataType? = nil, repetition: Repetition? = nil, childCount: Int? = nil, isList: Bool = false
    ) {
        self.name = name
        self.type = type
        self.repetition = repetition
        self.childCount = childCount
        self.isList = isList
    }

    /// Every column is declared optional: a reader pays nothing for it where there are no nulls.
    static func nodes(of field: Field) -> [SchemaNode] {
        switch field.type {
        case .list(let element), .fixedSizeList(let element, _):
            [
                SchemaNode(name: field.name, repetition: .optional, childCount: 1, isList: true),
                SchemaNode(name: "list", repetition: .repeated, childCount: 1),
                SchemaNode(name: "element", type: element, repetition: .optional),
            ]
        default: [SchemaNode(name: field.name, type: field.type, repetition: .optional)]
        }
    }

    static func path(of field: Field) -> [String] {
        switch field.type {
        case .list, .fixedSizeList: [field.name, "list", "element"]
        default: [field.name]
        }
    }

    static func physicalType(of type: DataType) -> PhysicalType {
        switch type {
        case .bool: .boolean
        case .int8, .int16, .int32, .uint8, .uint16, .uint32, .date32: .int32
        case .int64, .uint64, .timestamp: .int64
        case .float32: .float
        case .float64: .double
        case .float16: .fixedLengthByteArray
        case .string, .binary: .byteArray
        case .list(let element), .fixedSizeList(let element, _): physicalType(of: element)
        }
    }

    func write(_ writer: inout ThriftWriter) {
        if let type {
            writer.field(1, Self.physicalType(of: type).rawValue)
            if type == .float16 { writer.field(2, Int32(2)) }
        }
        if let repetition { writer.field(3, repetition.rawValue) }
        writer.field(4, name)
        if let childCount { writer.field(5, Int32(childCount)) }
        if isList { writer.field(6, Int32(3)) }
        if let converted { writer.field(6, converted) }
        if isList { writer.field(10) { $0.field(3) { _ in } } }
        writeLogicalType(&writer)
    }

    /// ConvertedType, for readers older than LogicalType.
    private var converted: Int32? {
        switch type {
        case .string: 0
        case .date32: 6
        case .timestamp(.seconds, zone: _?), .timestamp(.milliseconds, zone: _?): 9
        case .timestamp(.microseconds, zone: _?): 10
        case .uint8: 11
        case .uint16: 12
        case .uint32: 13
        case .uint64: 14
        case .int8: 15
        case .int16: 16
        default: nil
        }
    }

    private func writeLogicalType(_ writer: inout ThriftWriter) {
        guard let type else { return }
        switch type {
        case .string: writer.field(10) { $0.field(1) { _ in } }
        case .date32: writer.field(10) { $0.field(6) { _ in } }
        case .float16: writer.field(10) { $0.field(15) { _ in } }
        case .timestamp(let unit, let zone):
            writer.field(10) { logical in
                logical.field(8) { timestamp in
                    timestamp.field(1, zone != nil)
                    timestamp.field(2) { $0.field(unit == .nanoseconds ? 3 : unit == .microseconds ? 2 : 1) { _ in } }
                }
            }
        case .int8, .int16, .uint8, .uint16, .uint32, .uint64:
            writer.field(10) { logical in
                logical.field(10) { integer in
                    integer.field(1, Int8(8 * (type.byteWidth ?? 4)))
                    integer.field(2, [.int8, .int16].contains(type))
                }
            }
        default: break
        }
    }
}
