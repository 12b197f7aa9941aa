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
        case .int8, .int16, .int32, .uint8, .uint16, .uint32, .date32, .time(.seconds), .time(.milliseconds): .int32
        case .int64, .uint64, .timestamp, .time: .int64
        case .float32: .float
        case .float64: .double
        case .float16: .fixedLengthByteArray
        case .decimal(let precision, _): precision <= 9 ? .int32 : precision <= 18 ? .int64 : .fixedLengthByteArray
        case .string, .binary: .byteArray
        case .list(let element), .fixedSizeList(let element, _): physicalType(of: element)
        }
    }

    /// Bytes of a FIXED_LEN_BYTE_ARRAY.
    static func typeLength(of type: DataType) -> Int? {
        switch type {
        case .float16: 2
        case .decimal(let precision, _) where precision > 18: StoredDecimals.width(precision: precision)
        default: nil
        }
    }

    func write(_ writer: inout ThriftWriter) {
        if let type {
            writer.field(1, Self.physicalType(of: type).rawValue)
            if let length = Self.typeLength(of: type) { writer.field(2, Int32(length)) }
        }
        if let repetition { writer.field(3, repetition.rawValue) }
        writer.field(4, name)
        if let childCount { writer.field(5, Int32(childCount)) }
        if isList { writer.field(6, Int32(3)) }
        if let converted { writer.field(6, converted) }
        if case .decimal(let precision, let scale) = type {
            writer.field(7, Int32(scale))
            writer.field(8, Int32(precision))
        }
        if isList { writer.field(10) { $0.field(3) { _ in } } }
        writeLogicalType(&writer)
    }

    /// ConvertedType, for readers older than LogicalType.
    private var converted: Int32? {
        switch type {
        case .string: 0
        case .decimal: 5
        case .date32: 6
        case .time(.seconds), .time(.milliseconds): 7
        case .time(.microseconds): 8
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
        case .decimal(let precision, let scale):
            writer.field(10) { logical in
                logical.field(5) { decimal in
                    decimal.field(1, Int32(scale))
                    decimal.field(2, Int32(precision))
                }
            }
        case .time(let unit):
            writer.field(10) { logical in
                logical.field(7) { time in
                    time.field(1, true)
                    time.field(2) { $0.field(unit.memberID) { _ in } }
                }
            }
        case .timestamp(let unit, let zone):
            writer.field(10) { logical in
                logical.field(8) { timestamp in
                    timestamp.field(1, zone != nil)
                    timestamp.field(2) { $0.field(unit.memberID) { _ in } }
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

extension TimeUnit {
    /// The unit's member of the union TimeUnit; there are no seconds, which are written as milliseconds.
    fileprivate var memberID: Int16 { self == .nanoseconds ? 3 : self == .microseconds ? 2 : 1 }
}
